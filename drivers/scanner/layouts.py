"""Where each country's keyboard has its characters, as data.

A layout is four rows of keys in evdev order, top row first; each key lists its characters without a
modifier, with Shift, with AltGr, and with both. A combining character is a dead key; GAP stands for no
character. The scanner's country setting picks the layout, since scanners play a PC keyboard of that
country. Source: xkb-data 2.35 symbols, with the dead keys of the Windows layouts that scanners imitate
(a test compares with libxkbcommon where that is installed).
"""

from __future__ import annotations

GAP = "\u2205"

ROWS: tuple[tuple[int, ...], ...] = (
    (41, *range(2, 14)),
    tuple(range(16, 28)),
    (*range(30, 41), 43),
    (86, *range(44, 54)),
)

_US = (
    "`~ 1! 2@ 3# 4$ 5% 6^ 7& 8* 9( 0) -_ =+",
    "qQ wW eE rR tT yY uU iI oO pP [{ ]}",
    "aA sS dD fF gG hH jJ kK lL ;: '\" \\|",
    "\\| zZ xX cC vV bB nN mM ,< .> /?",
)

LAYOUTS: dict[str, tuple[str, str, str, str]] = {
    "us": _US,
    "in": _US,
    "gb": (
        '`\u00ac\u00a6 1! 2" 3\u00a3 4$\u20ac 5% 6^ 7& 8* 9( 0) -_ =+',
        "qQ wW eE\u00e9\u00c9 rR tT yY uU\u00fa\u00da iI\u00ed\u00cd oO\u00f3\u00d3 pP [{ ]}",
        "aA\u00e1\u00c1 sS dD fF gG hH jJ kK lL ;: '@ #~",
        "\\| zZ xX cC vV bB nN mM ,< .> /?",
    ),
    "de": (
        '\u0302\u00b0 1! 2"\u00b2 3\u00a7\u00b3 4$ 5% 6& 7/{ 8([ 9)] 0=} \u00df?\\ \u0301\u0300',
        "qQ@ wW eE\u20ac rR tT zZ uU iI oO pP \u00fc\u00dc +*~",
        "aA sS dD fF gG hH jJ kK lL \u00f6\u00d6 \u00e4\u00c4 #'",
        "<>| yY xX cC vV bB nN mM\u00b5 ,; .: -_",
    ),
    "fr": (
        "\u00b2 &1 \u00e92\u0303 \"3# '4{ (5[ -6| \u00e87\u0300 _8\\ \u00e79^ \u00e00@ )\u00b0] =+}",
        "aA zZ eE\u20ac rR tT yY uU iI oO pP \u0302\u0308 $\u00a3\u00a4",
        "qQ sS dD fF gG hH jJ kK lL mM \u00f9% *\u00b5",
        "<> wW xX cC vV bB nN ,? ;. :/ !\u00a7",
    ),
    "es": (
        "\u00ba\u00aa\\ 1!| 2\"@ 3\u00b7# 4$\u0303 5%\u20ac 6&\u00ac 7/ 8( 9) 0= '? \u00a1\u00bf",
        "qQ wW eE\u20ac rR tT yY uU iI oO pP \u0300\u0302[ +*]",
        "aA sS dD fF gG hH jJ kK lL \u00f1\u00d1 \u0301\u0308{ \u00e7\u00c7}",
        "<> zZ xX cC vV bB nN mM ,; .: -_",
    ),
    "it": (
        "\\| 1! 2\" 3\u00a3 4$ 5%\u20ac 6& 7/ 8( 9) 0= '?` \u00ec^~",
        "qQ wW eE\u20ac rR tT yY uU iI oO pP \u00e8\u00e9[{ +*]}",
        "aA sS dD fF gG hH jJ kK lL \u00f2\u00e7@ \u00e0\u00b0# \u00f9\u00a7",
        "<> zZ xX cC vV bB nN mM ,; .: -_",
    ),
}
