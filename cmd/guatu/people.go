package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"guatu/ledger"
	"guatu/migrations"
)

// migrateCmd is `guatu migrate`.
type migrateCmd struct{}

// Run brings the schema up to date and loads the administrative tree.
func (migrateCmd) Run(ctx context.Context, conf *config) error {
	if conf.DatabaseURL == "" {
		return errors.New("没有设置 DATABASE_URL")
	}
	version, err := prepareDatabase(ctx, conf)
	if err != nil {
		return err
	}
	fmt.Printf("数据库结构版本 %d\n", version)
	return nil
}

// prepareDatabase migrates and puts in the administrative tree, which every
// other row hangs on.
func prepareDatabase(ctx context.Context, conf *config) (int64, error) {
	version, err := migrations.Up(ctx, string(conf.DatabaseURL), conf.logger())
	if err != nil {
		return 0, err
	}
	pool, err := ledger.Open(ctx, string(conf.DatabaseURL))
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	_, err = ledger.NewStore(pool, time.Now).PutAreas(ctx, ledger.BuiltinAreas())
	return version, err
}

// withLedger runs do on an opened ledger, for commands that need no object store.
func withLedger(ctx context.Context, conf *config, do func(context.Context, *ledger.Store) error) error {
	if conf.DatabaseURL == "" {
		return errors.New("没有设置 DATABASE_URL")
	}
	pool, err := ledger.Open(ctx, string(conf.DatabaseURL))
	if err != nil {
		return err
	}
	defer pool.Close()
	return do(ledger.System(ctx), ledger.NewStore(pool, time.Now))
}

// userCmd is `guatu user …`.
type userCmd struct {
	Add userAddCmd `cmd:"" help:"新增人员；不给密码则随机生成并只显示一次"`
}

type userAddCmd struct {
	Login    string   `arg:"" help:"登录名"`
	Name     string   `help:"姓名" required:""`
	Grant    []string `help:"角色@区划代码，如 commander@411100；或 角色@project:编号。可多次" required:"" sep:"none"`
	Title    string   `help:"职务"`
	Phone    string   `help:"电话"`
	Password secret   `env:"GUATU_USER_PASSWORD" help:"密码（建议经环境变量给出）"`
	JSON     bool     `help:"以 JSON 输出"`
}

func (c *userAddCmd) Run(ctx context.Context, conf *config) error {
	grants, err := parseGrants(c.Grant)
	if err != nil {
		return err
	}
	password, made := string(c.Password), false
	if password == "" {
		raw := make([]byte, 12)
		_, _ = rand.Read(raw)
		password, made = base64.RawURLEncoding.EncodeToString(raw), true
	}
	return withLedger(ctx, conf, func(ctx context.Context, store *ledger.Store) error {
		id, err := store.AddPerson(ctx, ledger.NewPerson{Login: c.Login, Name: c.Name, Title: c.Title, Phone: c.Phone, Password: password}, grants)
		switch {
		case errors.Is(err, ledger.ErrTaken):
			return fmt.Errorf("登录名 %s 已有人使用，请换一个", c.Login)
		case errors.Is(err, ledger.ErrUnknownArea):
			return fmt.Errorf("区划代码不存在，请核对 --grant：%s", strings.Join(c.Grant, " "))
		case errors.Is(err, ledger.ErrWeakPassword):
			return fmt.Errorf("密码太短，至少 %d 个字", ledger.MinPassword)
		case err != nil:
			return err
		}
		out := map[string]any{"id": id, "login": strings.ToLower(c.Login)}
		if made {
			out["password"] = password
		}
		if c.JSON {
			return printJSON(out)
		}
		fmt.Printf("已新增 %s（编号 %d）\n", c.Name, id)
		if made {
			fmt.Printf("初始密码：%s（只显示这一次）\n", password)
		}
		return nil
	})
}

func parseGrants(texts []string) ([]ledger.NewGrant, error) {
	var grants []ledger.NewGrant
	for _, text := range texts {
		role, where, ok := strings.Cut(text, "@")
		g := ledger.NewGrant{Role: ledger.Role(role), Area: where}
		if id, found := strings.CutPrefix(where, "project:"); found {
			g.Area = ""
			if _, err := fmt.Sscanf(id, "%d", &g.ProjectID); err != nil {
				ok = false
			}
		}
		if !ok || !known(g.Role) {
			return nil, fmt.Errorf("--grant %q 看不懂：应为 角色@区划代码，角色是 %s 之一", text, roleList())
		}
		grants = append(grants, g)
	}
	return grants, nil
}

func known(r ledger.Role) bool {
	for _, one := range ledger.Roles {
		if one == r {
			return true
		}
	}
	return false
}

func roleList() string {
	names := make([]string, len(ledger.Roles))
	for i, r := range ledger.Roles {
		names[i] = string(r)
	}
	return strings.Join(names, " ")
}

// tokenCmd is `guatu token PERSON`.
type tokenCmd struct {
	Person string        `arg:"" help:"登录名"`
	Name   string        `help:"用途，写进审计" default:"cli"`
	TTL    time.Duration `help:"有效期，0 为不限" default:"0"`
	Revoke bool          `help:"撤销此人的全部令牌"`
	JSON   bool          `help:"以 JSON 输出"`
}

// Run prints a bearer token; it is shown once and kept nowhere.
func (c *tokenCmd) Run(ctx context.Context, conf *config) error {
	return withLedger(ctx, conf, func(ctx context.Context, store *ledger.Store) error {
		p, err := store.PersonByLogin(ctx, c.Person)
		if errors.Is(err, ledger.ErrNotFound) {
			return fmt.Errorf("没有登录名为 %s 的人员", c.Person)
		}
		if err != nil {
			return err
		}
		if c.Revoke {
			n, err := store.RevokeTokens(ctx, p.ID)
			if err == nil && c.JSON {
				return printJSON(map[string]any{"person": p.ID, "revoked": n})
			}
			if err == nil {
				fmt.Printf("已撤销 %s 的 %d 个令牌\n", p.Name, n)
			}
			return err
		}
		token, err := store.MakeToken(ctx, p.ID, c.Name, c.TTL)
		if err == nil && c.JSON {
			return printJSON(map[string]any{"person": p.ID, "token": token})
		}
		if err == nil {
			fmt.Println(token)
		}
		return err
	})
}

// auditCmd is `guatu audit …`.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"核对审计链：有改动、缺失即指出位置"`
}

type auditVerifyCmd struct {
	JSON bool `help:"以 JSON 输出"`
}

func (c *auditVerifyCmd) Run(ctx context.Context, conf *config) error {
	return withLedger(ctx, conf, func(ctx context.Context, store *ledger.Store) error {
		n, err := store.VerifySeals(ctx)
		broken := errors.Is(err, ledger.ErrChain)
		if err != nil && !broken {
			return err
		}
		if c.JSON {
			out := map[string]any{"verified": n, "ok": !broken}
			if broken {
				out["fault"] = err.Error()
			}
			if err := printJSON(out); err != nil {
				return err
			}
		} else if broken {
			fmt.Printf("审计链在第 %d 环之后断开：%v\n", n, err)
		} else {
			fmt.Printf("审计链完好：%d 环\n", n)
		}
		if broken {
			return quit(1)
		}
		return nil
	})
}
