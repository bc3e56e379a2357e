"""How bright a colour is to the eye, and to JPEG (ITU-R BT.601)."""

#: Shares of red, green and blue.
LUMA = (0.299, 0.587, 0.114)
