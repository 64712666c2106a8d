package sheet

import (
	"errors"
	"fmt"

	"guatu/ledger/text"
)

// textCode is the stable code of what is wrong with a text.
func textCode(err error) string {
	switch {
	case errors.Is(err, text.ErrTooLong):
		return "text_too_long"
	case errors.Is(err, text.ErrBidi):
		return "text_bidi"
	case errors.Is(err, text.ErrControl):
		return "text_control"
	}
	return "text_garbled"
}

func textMessage(label string, room int, err error) string {
	switch textCode(err) {
	case "text_too_long":
		return fmt.Sprintf("%s超过 %d 个字，请缩短", label, room)
	case "text_bidi":
		return label + "里有改变文字方向的不可见字符，请删去后重新输入"
	case "text_control":
		return label + "里有不可见的控制字符，请删去后重新输入"
	}
	return label + "里有乱码，请改正"
}
