package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"guatu/ledger"
	"guatu/media"
)

// senders may send photos in: everybody whose work is on the ground or about it.
var senders = only(ledger.Inspector, ledger.Watcher, ledger.County, ledger.Commander, ledger.Land, ledger.Forestry, ledger.Admin)

var photoRoutes = []route{
	plain(put, "/api/v1/photos/{id}", "put-photo", "上传一张照片，得到签名回执；同一 id 与内容重传得到同一回执", senders, (*Server).putPhoto, tellPutPhoto),
	op(get, "/api/v1/photos", "list-photos", "照片，最近收到的在前", everyone, (*Server).photos),
	op(get, "/api/v1/photos/{id}", "get-photo", "一张照片", everyone, (*Server).photo),
	op(get, "/api/v1/photos/{id}/receipt", "get-receipt", "一张照片的回执", everyone, (*Server).receipt),
	op(get, "/api/v1/receipt-keys", "list-receipt-keys", "验证回执用的公钥", public, (*Server).receiptKeys),
}

var (
	errNoDigest  = errors.New("no sha-256 digest of the body")
	errBadDigest = errors.New("digest header cannot be read")
	errPhotoID   = errors.New("photo id is not a UUID")
	errSlowBody  = errors.New("body arrives too slowly")

	// photoProblems are the refusals of photos.
	photoProblems = []row{
		{errNoDigest, http.StatusBadRequest, "digest_missing", "缺少照片的 SHA-256：请带上 Repr-Digest 请求头"},
		{errBadDigest, http.StatusBadRequest, "digest_invalid", "照片的 SHA-256 写法不对：应为 Repr-Digest: sha-256=:base64:"},
		{errPhotoID, http.StatusUnprocessableEntity, "bad_photo_id", "照片编号应为 UUID"},
		{errSlowBody, http.StatusRequestTimeout, "too_slow", "网络太慢，上传中断，请重试"},
		{media.ErrEmpty, http.StatusUnprocessableEntity, "empty_body", "照片是空的，请重新拍摄或选择"},
		{media.ErrDigest, http.StatusUnprocessableEntity, "digest_mismatch", "收到的内容与声明的 SHA-256 不符，可能在传输中损坏，请重传"},
		{media.ErrTooLarge, http.StatusRequestEntityTooLarge, "too_large", "照片超过 25 MB，请缩小后再传"},
		{media.ErrNotImage, http.StatusUnprocessableEntity, "not_an_image", "这不是照片；只收 JPEG、PNG、WebP、HEIC"},
		{media.ErrUnsupported, http.StatusUnprocessableEntity, "unsupported_image", "不支持这种图片；只收 JPEG、PNG、WebP、HEIC"},
		{media.ErrManyFrames, http.StatusUnprocessableEntity, "many_frames", "不支持动图或连拍序列，请选一张静态照片"},
		{media.ErrTooManyPixels, http.StatusUnprocessableEntity, "too_many_pixels", "照片像素太多：至多 5000 万像素，每边至多 16384"},
		{media.ErrBroken, http.StatusUnprocessableEntity, "broken_image", "照片已损坏或不完整，无法解码，请重新拍摄或选择"},
		{ledger.ErrIntentGone, http.StatusServiceUnavailable, "upload_interrupted", "上传中断太久，请重传"},
		{media.ErrOverloaded, http.StatusServiceUnavailable, "overloaded", "同时上传的人太多，照片留在手机上，稍后会自动重试"},
		{media.ErrBucketDown, http.StatusServiceUnavailable, "storage_down", "照片存储暂时不可用，照片留在手机上，稍后会自动重试"},
		{media.ErrNoDecoder, http.StatusServiceUnavailable, "decoder_down", "图片解码暂时不可用，请稍后再试"},
		{media.ErrDecoderBusy, http.StatusServiceUnavailable, "decoder_busy", "服务器正忙，照片留在手机上，稍后会自动重试"},
		{media.ErrNoObject, http.StatusBadGateway, "bytes_missing", "存储里找不到这张照片的内容，已记录，请告诉管理员"},
		{media.ErrWrongBytes, http.StatusBadGateway, "bytes_damaged", "存储里这张照片的内容已损坏，已记录，请告诉管理员"},
	}
)

func init() {
	nounProblems = append(nounProblems, func(err error) *Problem {
		var taken ledger.PhotoIDTakenError
		if !errors.As(err, &taken) {
			return nil
		}
		p := answer(http.StatusConflict, "photo_id_taken", "这个照片编号已被另一张照片占用")
		p.Detail = "请给这张照片换一个编号再传"
		if sum, ok := strings.CutPrefix(taken.Hash, "sha256:"); ok {
			p.Detail = "该编号下已存照片的 SHA-256 是 " + sum + "；若与您手里的不同，" + p.Detail
			p.Extra = map[string]any{"sha256": sum}
		}
		return p
	})
}

// photoView is a photo as callers see it.
type photoView struct {
	ID             string      `json:"id"`
	County         string      `json:"county"`
	SiteID         *int64      `json:"site_id" doc:"null: in the inbox of the county, not yet assigned to a site"`
	ProjectID      *int64      `json:"project_id"`
	Person         senderRef   `json:"person"`
	SHA256         string      `json:"sha256"`
	Size           int64       `json:"size"`
	Type           string      `json:"type"`
	Width          int         `json:"width" doc:"Pixels as stored, before the EXIF orientation"`
	Height         int         `json:"height"`
	Orientation    int         `json:"orientation" doc:"EXIF orientation of the original; derivatives are upright"`
	TakenAt        *time.Time  `json:"taken_at" doc:"What the camera or the phone says"`
	TakenZone      string      `json:"taken_zone" enum:"none,exif,gps,assumed,phone" doc:"How the zone of taken_at is known; assumed is +08:00"`
	ReceivedAt     time.Time   `json:"received_at" doc:"The server's clock: the one that counts"`
	Position       *[2]float64 `json:"position" nullable:"true" doc:"lon, lat, EPSG:4490"`
	AccuracyM      *float64    `json:"accuracy_m"`
	PositionSource string      `json:"position_source" enum:"none,browser,exif"`
	PositionAt     *time.Time  `json:"position_at"`
	Camera         string      `json:"camera"`
	Flags          []string    `json:"flags" doc:"What is odd about it: duplicate, taken_in_future, gps_null_island …"`
	Derivatives    string      `json:"derivatives" enum:"waiting,done,failed"`
	URLs           photoURLs   `json:"urls"`
}

type senderRef struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type photoURLs struct {
	Original string `json:"original"`
	Large    string `json:"large"`
	Thumb    string `json:"thumb"`
}

func viewPhoto(p ledger.Photo) photoView {
	id := p.ID.String()
	at := func(variant string) string { return "/media/photos/" + id + "/" + variant }
	v := photoView{
		ID: id, County: p.County, SiteID: p.SiteID, ProjectID: p.ProjectID, Person: senderRef{p.PersonID, p.PersonName},
		SHA256: strings.TrimPrefix(p.Hash, "sha256:"), Size: p.Size, Type: p.Type,
		Width: p.Width, Height: p.Height, Orientation: p.Orientation,
		TakenAt: p.TakenAt, TakenZone: p.TakenZone, ReceivedAt: p.ReceivedAt, AccuracyM: p.AccuracyM,
		PositionSource: p.PositionSource, PositionAt: p.PositionAt, Camera: p.Camera, Flags: p.Flags, Derivatives: p.Derivatives,
		URLs: photoURLs{at(originalVariant), at(string(media.Large)), at(string(media.Thumb))},
	}
	if v.Flags == nil {
		v.Flags = []string{}
	}
	if p.Position != nil {
		v.Position = (*[2]float64)(p.Position)
	}
	return v
}

// receiptView is the server's word that it holds a photo. Its facts are those
// of body, the text that is signed.
type receiptView struct {
	ID          string     `json:"id"`
	SHA256      string     `json:"sha256"`
	Size        int64      `json:"size"`
	SiteID      *int64     `json:"site_id"`
	County      string     `json:"county"`
	PersonID    int64      `json:"person_id"`
	ReceivedAt  time.Time  `json:"received_at"`
	DuplicateOf string     `json:"duplicate_of,omitempty" doc:"A photo of the same bytes that came before"`
	KeyID       string     `json:"key_id"`
	Signature   string     `json:"signature" doc:"Ed25519 over body, base64"`
	Body        string     `json:"body" doc:"The signed text: canonical JSON"`
	Photo       *photoView `json:"photo,omitempty" doc:"As it was when it was received"`
}

func viewReceipt(r ledger.Receipt) (receiptView, error) {
	v := receiptView{}
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
		return v, fmt.Errorf("read receipt: %w", err)
	}
	v.KeyID, v.Signature, v.Body = r.KeyID, base64.StdEncoding.EncodeToString(r.Signature), r.Body
	return v, nil
}

// putPhoto takes one photo in. The contract leaves room for HEAD and PATCH on
// the same address, by which a long body may come in pieces.
func (s *Server) putPhoto(c echo.Context) error {
	r := c.Request()
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || id == uuid.Nil || len(c.Param("id")) != 36 {
		return errPhotoID
	}
	digest, err := digestOf(r.Header)
	if err != nil {
		return err
	}
	access := accessOf(r.Context())
	in := media.Incoming{ID: id, PersonID: access.Person.ID, HomeCounty: s.homeCounty(access), Digest: digest}
	if p := readClaims(r.URL.Query(), &in); p != nil {
		return p
	}
	slow := &atPace{r: r.Body, ctrl: http.NewResponseController(c.Response().Writer)}
	if in.Body, err = s.media.Receive(r.Context(), slow, r.ContentLength); err != nil {
		return slow.told(err)
	}
	defer in.Body.Close()
	slow.done()
	got, err := s.media.Accept(r.Context(), in)
	if err != nil {
		return s.tellTaken(c, err)
	}
	view, err := viewReceipt(got.Receipt)
	if err != nil {
		return err
	}
	// As it was received, so that a second answer is the first one to the byte.
	got.Photo.Derivatives = "waiting"
	got.Photo.PersonName = access.Person.Name
	photo := viewPhoto(got.Photo)
	view.Photo = &photo
	c.Response().Header().Set("Location", "/api/v1/photos/"+id.String())
	if got.New {
		return c.JSON(http.StatusCreated, view)
	}
	return c.JSON(http.StatusOK, view)
}

// tellTaken puts the stored hash where RFC 9457 has the members of a problem's
// own, so that a phone with a wrong idea of its photo can heal; other errors
// pass through.
func (s *Server) tellTaken(c echo.Context, err error) error {
	p := s.nounProblem(err)
	if p == nil || p.Extra["sha256"] == nil {
		return err
	}
	body, err := json.Marshal(struct {
		*Problem
		SHA256 any `json:"sha256"`
	}{p.traced(c.Request().Context()), p.Extra["sha256"]})
	if err != nil {
		return err
	}
	return c.Blob(p.Status, p.ContentType(""), body)
}

// homeCounty is where photos without a site go: the county of the person's home
// area, the city where that is all that is known.
func (s *Server) homeCounty(a ledger.Access) string {
	if len(a.HomeArea) >= 6 {
		return a.HomeArea[:6]
	}
	return s.conf.City
}

// digestOf reads what the sender says the body's SHA-256 is: Repr-Digest (RFC
// 9530), Content-Digest, or x-content-sha256 in hex. Several have to agree.
func digestOf(h http.Header) (sum [sha256.Size]byte, err error) {
	found := false
	take := func(b []byte, err error) bool {
		same := !found || string(b) == string(sum[:])
		found = true
		return err == nil && len(b) == copy(sum[:], b) && len(b) == len(sum) && same
	}
	for _, name := range []string{"Repr-Digest", "Content-Digest"} {
		for part := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
			alg, value, ok := strings.Cut(strings.TrimSpace(part), "=")
			if !ok || !strings.EqualFold(alg, "sha-256") {
				continue
			}
			value, _, _ = strings.Cut(value, ";")
			if len(value) < 2 || value[0] != ':' || value[len(value)-1] != ':' || !take(base64.StdEncoding.DecodeString(value[1:len(value)-1])) {
				return sum, errBadDigest
			}
		}
	}
	if v := h.Get("X-Content-Sha256"); v != "" && !take(hex.DecodeString(strings.TrimSpace(v))) {
		return sum, errBadDigest
	}
	if !found {
		return sum, errNoDigest
	}
	return sum, nil
}

// readClaims reads what the phone says about the photo; what cannot be is
// refused by name.
func readClaims(q url.Values, in *media.Incoming) *Problem {
	var faults []ProblemItem
	fault := func(name, message string) {
		faults = append(faults, ProblemItem{Location: "query." + name, Message: message, Value: short(q.Get(name))})
	}
	number := func(name string, low, high float64, message string) *float64 {
		if q.Get(name) == "" {
			return nil
		}
		v, err := strconv.ParseFloat(q.Get(name), 64)
		if err != nil || math.IsNaN(v) || v < low || v > high {
			fault(name, message)
			return nil
		}
		return &v
	}
	moment := func(name string) *time.Time {
		if q.Get(name) == "" {
			return nil
		}
		v, err := time.Parse(time.RFC3339, q.Get(name))
		if err != nil || v.Year() < 1990 || v.Year() > 2200 {
			fault(name, "应为 RFC 3339 时间，如 2026-03-05T08:00:00+08:00")
			return nil
		}
		return &v
	}
	for name := range q {
		switch name {
		case "site", "lon", "lat", "accuracy", "position_source", "position_at", "taken_at":
		default:
			fault(name, "没有这一项")
		}
	}
	if text := q.Get("site"); text != "" {
		site, ok := parseID(text)
		if !ok {
			fault("site", "应为点位编号")
		}
		in.SiteID = &site
	}
	lon, lat := number("lon", -180, 180, "应为 -180 到 180 的经度"), number("lat", -90, 90, "应为 -90 到 90 的纬度")
	accuracy := number("accuracy", 0, 1e7, "应为以米计的精度")
	if source := q.Get("position_source"); source != "" && source != "browser" {
		fault("position_source", "应为 browser")
	}
	in.TakenAt = moment("taken_at")
	at := moment("position_at")
	switch {
	case (q.Get("lon") == "") != (q.Get("lat") == ""):
		fault("lon", "经度和纬度要一起给")
	case lon != nil && lat != nil && (*lon != 0 || *lat != 0): // 0,0 is a receiver without a fix
		in.Position, in.AccuracyM, in.PositionAt = &orb.Point{*lon, *lat}, accuracy, at
	}
	if len(faults) == 0 {
		return nil
	}
	p := answer(http.StatusUnprocessableEntity, "invalid", "有内容填得不对，请按提示修改")
	p.Errors = faults
	return p
}

// The slowest body that is waited for (promises S15): paceBytes in every paceTime.
const (
	paceTime  = 30 * time.Second
	paceBytes = 30 << 10
)

// atPace ends a body that dribbles.
type atPace struct {
	r      io.Reader
	ctrl   *http.ResponseController
	window time.Time
	got    int
	slow   bool
}

func (p *atPace) Read(b []byte) (int, error) {
	now := time.Now()
	if p.window.IsZero() || p.got >= paceBytes {
		p.window, p.got = now, 0
		_ = p.ctrl.SetReadDeadline(now.Add(paceTime)) // a test's recorder has none
	}
	n, err := p.r.Read(b)
	p.got += n
	if err != nil && err != io.EOF && time.Since(p.window) >= paceTime {
		p.slow = true
	}
	return n, err
}

// done lets the connection wait as long as it likes again.
func (p *atPace) done() { _ = p.ctrl.SetReadDeadline(time.Time{}) }

// told words a body that did not come through.
func (p *atPace) told(err error) error {
	switch {
	case p.slow:
		return errSlowBody
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", context.Canceled, err) // the phone is gone
	}
	return err
}

type photoID struct {
	ID string `path:"id" format:"uuid"`
}

// listPhotos narrows the list of photos.
type listPhotos struct {
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most this many items"`
	Cursor    string `query:"cursor" maxLength:"400" doc:"next of the page before"`
	SiteID    int64  `query:"site_id" minimum:"0" doc:"0: any"`
	ProjectID int64  `query:"project_id" minimum:"0" doc:"0: any"`
	County    string `query:"county" pattern:"^([0-9]{6})?$"`
	Day       string `query:"day" format:"date" doc:"Received on this day in Beijing, YYYY-MM-DD"`
	Mine      bool   `query:"mine" doc:"Only those that the caller sent"`
}

type photosAnswer struct {
	Body struct {
		Items []photoView `json:"items"`
		Next  string      `json:"next" doc:"cursor of the next page; empty on the last"`
	}
}

// photoKey is where a page of photos ended.
type photoKey struct {
	At time.Time `json:"t"`
	ID uuid.UUID `json:"i"`
}

func (s *Server) photos(ctx context.Context, in *listPhotos) (*photosAnswer, error) {
	f := ledger.PhotoFilter{Mine: in.Mine, Max: in.Limit + 1}
	if in.SiteID != 0 {
		f.SiteID = &in.SiteID
	}
	if in.ProjectID != 0 {
		f.ProjectID = &in.ProjectID
	}
	if in.County != "" {
		f.County = &in.County
	}
	if in.Day != "" {
		day, err := time.ParseInLocation(time.DateOnly, in.Day, ledger.Beijing)
		if err != nil {
			return nil, fmt.Errorf("%w: day", ledger.ErrValue)
		}
		f.Day = &day
	}
	if in.Cursor != "" {
		var key photoKey
		if err := readCursor(in.Cursor, &key); err != nil {
			return nil, err
		}
		f.AfterAt, f.AfterID = &key.At, &key.ID
	}
	list, err := s.ledger.Photos(ctx, ledger.ScopeOf(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &photosAnswer{}
	out.Body.Items = []photoView{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		last := list[len(list)-1]
		out.Body.Next = cursorOf(photoKey{last.ReceivedAt, last.ID})
	}
	for _, p := range list {
		out.Body.Items = append(out.Body.Items, viewPhoto(p))
	}
	return out, nil
}

type photoAnswer struct{ Body photoView }

func (s *Server) photo(ctx context.Context, in *photoID) (*photoAnswer, error) {
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return nil, ledger.ErrNotFound
	}
	p, err := s.ledger.Photo(ctx, ledger.ScopeOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return &photoAnswer{viewPhoto(p)}, nil
}

type receiptAnswer struct{ Body receiptView }

func (s *Server) receipt(ctx context.Context, in *photoID) (*receiptAnswer, error) {
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return nil, ledger.ErrNotFound
	}
	r, err := s.ledger.Receipt(ctx, ledger.ScopeOf(ctx), id)
	if err != nil {
		return nil, err
	}
	view, err := viewReceipt(r)
	return &receiptAnswer{view}, err
}

type receiptKeysAnswer struct {
	Body struct {
		Items []receiptKeyView `json:"items"`
	}
}

type receiptKeyView struct {
	ID        string    `json:"id"`
	Public    string    `json:"public" doc:"Ed25519 public key, base64"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *Server) receiptKeys(ctx context.Context, _ *empty) (*receiptKeysAnswer, error) {
	keys, err := s.ledger.ReceiptKeys(ctx)
	if err != nil {
		return nil, err
	}
	out := &receiptKeysAnswer{}
	out.Body.Items = []receiptKeyView{}
	for _, k := range keys {
		out.Body.Items = append(out.Body.Items, receiptKeyView{k.ID, base64.StdEncoding.EncodeToString(k.Public), k.CreatedAt})
	}
	return out, nil
}

func tellPutPhoto(o *huma.Operation) {
	text := func(name, in, format, doc string, required bool) {
		o.Parameters = append(o.Parameters, &huma.Param{Name: name, In: in, Required: required, Description: doc, Schema: &huma.Schema{Type: huma.TypeString, Format: format}})
	}
	number := func(name, doc string) {
		o.Parameters = append(o.Parameters, &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeNumber}})
	}
	text("id", "path", "uuid", "UUIDv7 that the phone made when the picture was taken", true)
	text("Repr-Digest", "header", "", "sha-256=:base64: of the body; or x-content-sha256 in hex", false)
	o.Parameters = append(o.Parameters, &huma.Param{Name: "site", In: "query", Description: "Site of the photo; left out: into the inbox of the sender's county", Schema: &huma.Schema{Type: huma.TypeInteger}})
	number("lon", "Where the phone was at the shutter, EPSG:4490")
	number("lat", "")
	number("accuracy", "In metres")
	text("position_source", "query", "", "browser", false)
	text("position_at", "query", "date-time", "When the position was measured", false)
	text("taken_at", "query", "date-time", "The phone's clock at the shutter", false)
	bytes := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	o.RequestBody = &huma.RequestBody{Required: true, Description: "The photo: JPEG, PNG, WebP or HEIC, at most 25 MB", Content: map[string]*huma.MediaType{
		string(media.JPEG): bytes, string(media.PNG): bytes, string(media.WebP): bytes, string(media.HEIC): bytes, "application/octet-stream": bytes,
	}}
	o.Responses["201"] = &huma.Response{Description: "Stored; the receipt is the server's signed word"}
	o.Responses["200"] = &huma.Response{Description: "Was stored before; the same receipt"}
	o.Responses["409"] = &huma.Response{Description: "photo_id_taken: the id stands for other bytes, whose sha256 is told"}
	o.Responses["413"] = &huma.Response{Description: "too_large"}
	o.Responses["422"] = &huma.Response{Description: "digest_mismatch, empty_body, not_an_image, unsupported_image, many_frames, too_many_pixels, broken_image"}
	o.Responses["503"] = &huma.Response{Description: "Try again after Retry-After"}
}
