"""The colours of everything that is drawn: dark and calm, so that the hands and the events stand out."""

Color = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

BACKGROUND: Color = (13, 16, 21)
PANEL: Color = (19, 23, 30)
TRACK: Color = (37, 44, 55)
TEXT: Color = (233, 237, 243)
MUTED: Color = (136, 146, 160)
FAINT: Color = (84, 93, 106)
WHITE: Color = (250, 252, 255)

LEFT: Color = (88, 190, 255)
RIGHT: Color = (255, 186, 66)
BOTH: Color = (150, 222, 152)
HANDS: dict[str, Color] = {"left": LEFT, "right": RIGHT, "both": BOTH}
"""Sky blue for the left hand, amber for the right: told apart with any colour vision. `both` for a gesture or
a model that takes two."""

WARNING: Color = (255, 134, 110)
