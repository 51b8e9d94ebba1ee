"""How Korean and Chinese syllables are romanised: one class per syllable, for the table of words.

Korean by the letters of a syllable: Revised Romanisation, McCune-Reischauer, the North's spelling and what families
use. Chinese by pinyin, Wade-Giles and the usual Cantonese and Hokkien family names. These are rules of the
romanisations, not fitted to anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

WEAK = 1 << 32
"""Classes from here on say less than name forms do: one spelling stands for several syllables."""
KOREAN, CHINESE = WEAK + (1 << 33), WEAK + (1 << 34)

_FIRST = ("G K", "KK GG K", "N", "D T", "TT DD T", "R L", "M", "B P", "PP BB P", "S", "SS S", " ", "J CH", "JJ CH TCH",
          "CH", "K", "T", "P", "H")  # fmt: skip
_VOWEL = ("A", "AE AI", "YA", "YAE", "EO O U", "E EH", "YEO YO YU YOU", "YE", "O OH", "WA", "WAE", "OE OI", "YO YOH",
          "U OO WOO", "WO WEO", "WE", "WI", "YU YOO", "EU U", "UI EUI", "I EE")  # fmt: skip
_LAST = {0: "", 1: "K G", 4: "N", 7: "T", 8: "L", 16: "M", 17: "P B", 19: "T S", 21: "NG", 22: "T", 23: "T", 24: "K",
         25: "T", 26: "P"}  # fmt: skip
_USUAL = {"이": "LEE YI RI RHEE RI", "박": "PARK PAK BAK", "최": "CHOI CHOE", "노": "ROH NOH RO", "류": "RYU YOO YU",
          "임": "IM LIM RIM YIM", "정": "JUNG CHUNG JEONG CHONG JONG", "우": "WOO U WU", "윤": "YOON YUN",
          "안": "AHN AN", "강": "KANG GANG", "오": "OH O", "유": "YOO YU YOU", "심": "SHIM SIM", "신": "SHIN SIN",
          "여": "YEO RYO RYEO", "영": "YOUNG YONG YEONG RYONG", "희": "HEE HUI HI", "순": "SOON SUN", "은": "EUN UN",
          "현": "HYUN HYON HYEON", "철": "CHUL CHOL CHEOL", "성": "SUNG SONG SEONG", "승": "SEUNG SUNG"}  # fmt: skip
SYLLABLES = (
    "가각간갑강개건걸겸경계고곤공곽관광교구국군권규균그근금기길김나낙난남노녀다단달담대덕도동두득라락란람랑래량려련"
    "렬령례로록룡루류륜률리린림마만맹명모목무문미민바박반방배백범법변별병보복봉부분비빈사삼상서석선설섭성세소손솔송"
    "수숙순승시식신실심아안애양어억언엄여연열염엽영예오옥온완왕요용우욱운웅원월위유육윤율은을음의이익인일임자장재전"
    "정제조종주준중지직진차찬창채천철청초최추춘충치칠태택평표필하학한함해향헌혁현형혜호홍화환황회효후훈흠흥희"
)
"""Syllables of the names in use in both Koreas."""


def korean() -> Iterator[tuple[int, set[str]]]:
    """(class id, spellings and the syllable itself) of each syllable."""
    for syllable in SYLLABLES:
        code = ord(syllable) - 0xAC00
        first, vowel, last = _FIRST[code // 588], _VOWEL[code % 588 // 28], _LAST.get(code % 28, "")
        parts = (part.split() or [""] for part in (first, vowel, last))
        spelled = {"".join(one) for one in product(*parts)}
        spelled |= {one.replace("SI", "SHI") for one in spelled if one.startswith("SI")}
        if first == "R L":
            spelled |= {"N" + one[1:] for one in spelled} | {one[1:] for one in spelled if one[1:2] in "IY"}
        if vowel == "I EE" and first == " ":
            spelled |= {"RI" + one[1:] for one in spelled if one.startswith("I")}
        spelled |= set(_USUAL.get(syllable, "").split())
        yield KOREAN + ord(syllable), {one for one in spelled if len(one) > 1} | {syllable}


_INITIALS = str.split("b p m f d t n l g k h j q x zh ch sh r z c s y w")
_FINALS = str.split(
    "a o e ai ei ao ou an en ang eng ong i ia ie iao iu ian in iang ing iong u ua uo uai ui uan un uang ue er"
)
_WADE = {"b": "p", "p": "p", "d": "t", "t": "t", "g": "k", "k": "k", "j": "ch", "q": "ch", "x": "hs", "zh": "ch",
         "ch": "ch", "r": "j", "z": "ts", "c": "ts", "sh": "sh"}  # fmt: skip
_WADE_FINALS = {"ian": "ien", "ie": "ieh", "ue": "ueh", "ong": "ung", "iong": "iung", "e": "o eh e", "uo": "o uo"}
_WADE_WHOLE = {"zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tzu", "si": "szu ssu",
               "yan": "yen", "you": "yu", "ye": "yeh", "yong": "yung", "er": "erh", "yue": "yueh", "gui": "kuei",
               "kui": "kuei", "rong": "jung", "ge": "ko", "ke": "ko", "he": "ho", "bo": "po pai", "xu": "hsu",
               "xue": "hsueh", "ju": "chu", "qu": "chu", "yi": "i yi", "lu": "lu"}  # fmt: skip
_SOUTHERN = {"huang": "wong hwang ng", "wang": "wong ong", "chen": "chan tan", "liu": "lau low",
             "zhang": "cheung chang teo",
             "wu": "ng goh", "liang": "leung neo", "lin": "lam lim", "li": "lee lei", "zhou": "chow chou chew",
             "deng": "tang", "zeng": "tsang chan", "yang": "yeung yong", "guo": "kwok kuok quek", "ye": "yip yap",
             "zheng": "cheng tay", "zhu": "chu chue", "xu": "tsui hui koh", "mo": "mok", "feng": "fung", "su": "so soh",
             "luo": "lo law loh", "zhao": "chiu chao", "he": "ho hoh", "hu": "woo wu", "cai": "choi tsai chua",
             "xie": "tse hsieh chia", "jiang": "chiang kong cheung", "tan": "tam", "ma": "mah", "pan": "poon pun",
             "lu": "lok look loke", "fan": "fan", "lai": "lai", "gao": "ko kao", "jin": "kam chin", "tang": "tong",
             "hong": "hung", "guan": "kwan", "sun": "suen", "shi": "sze", "tian": "tin", "yuan": "yuen",
             "qian": "chin"}  # fmt: skip


def chinese() -> Iterator[tuple[int, set[str]]]:
    """(class id, spellings) of each pinyin syllable that is written in more than one way; ~X is the syllable itself,
    as Chinese characters have it, beside the word X, which may stand for others."""
    syllables = [first + final for first in ("", *_INITIALS) for final in _FINALS]
    for number, syllable in enumerate(syllables):
        first = next((one for one in sorted(_INITIALS, key=len, reverse=True) if syllable.startswith(one)), "")
        final = syllable[len(first) :]
        spelled = {syllable, *_SOUTHERN.get(syllable, "").split()}
        if syllable in _WADE_WHOLE:
            spelled |= set(_WADE_WHOLE[syllable].split())
        else:
            spelled |= {_WADE.get(first, first) + one for one in _WADE_FINALS.get(final, final).split()}
        if len(spelled) > 1:
            yield CHINESE + number, {one.upper() for one in spelled if len(one) > 1} | {"~" + syllable.upper()}
