"""Each way in which one name comes in two forms, by pairs that are one and a pair that is not."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from comity.matching.scorer import compare
from comity.matching.subject import Subject, subject_of

THRESHOLD = 0.7


class Family(NamedTuple):
    """A way of writing: pairs that are one, and pairs that look alike and are two."""

    schema: str
    one: tuple[tuple[str, str], ...]
    two: tuple[tuple[str, str], ...]


FAMILIES = {
    "given and family name turned round": Family(
        "Person",
        (("Ranjit Oberoi", "OBEROI Ranjit"), ("Ng Wai Keung", "Wai Keung NG")),
        (("Ranjit Oberoi", "Ranjit Talwar"),),
    ),
    "initials": Family(
        "Person",
        (("J. Albarracin", "Jeronimo Albarracin"), ("Anton P Sevastyanchik", "Anton Pavlovich Sevastyanchik")),
        (("K. Albarracin", "Jeronimo Albarracin"),),
    ),
    "merged and split words": Family(
        "Person",
        (("Abdel Rahim Mustafawi", "Abdelrahim Mustafawi"), ("Van den Broucke Pieter", "Pieter Vandenbroucke")),
        (("Maria Jose Delgado", "Manuel Delgado"),),
    ),
    "a word left out": Family(
        "Person",
        (
            ("Juan Carlos Etcheverry Landa", "Juan Etcheverry Landa"),
            ("Dmitry Sokolovsky", "Dmitry Ivanovich Sokolovsky"),
        ),
        (("Juan Etcheverry", "Carlos Landa"),),
    ),
    "nicknames": Family(
        "Person",
        (("Bill Haverstock", "William Haverstock"), ("Sasha Gerasimchuk", "Aleksandr Gerasimchuk")),
        (("Bill Haverstock", "Thomas Haverstock"), ("William Haverstock", "Robert Haverstock")),
    ),
    "titles and particles": Family(
        "Person",
        (("Dr. Khalid al-Nasrawi", "Khalid Nasrawi"), ("Sheikh Tamim bin Faisal Suwaidi", "Tamim Faisal Al Suwaidi")),
        (("Dr. Khalid", "Dr. Nasrawi"),),
    ),
    "patronymics": Family(
        "Person",
        (("Oleg Viktorovich Shtanko", "Oleg Shtanko"), ("Olga Petrovna Zhdanovich", "Zhdanovich Olga Petrovna")),
        (("Oleg Viktorovich Shtanko", "Oleg Viktorovich Kravets"),),
    ),
    "father and son": Family(
        "Person",
        (
            ("Salman bin Muhammad al-Rawi", "SALMAN MUHAMMAD AL-RAWI"),
            ("Ahmad ibn Hasan Ubaidi", "al-Ubaidi, Ahmad bin Hassan"),
        ),
        (
            ("Salman bin Muhammad al-Rawi", "Muhammad bin Salman al-Rawi"),
            ("أحمد بن حسن العبيدي", "حسن بن أحمد العبيدي"),
        ),
    ),
    "a rare family name exchanged": Family(
        "Person",
        (("Stephen Zborowski", "Steven Zborowski"), ("Ewa Wojciechowska", "Ewa WOJCIECHOWSKA")),
        (("Stephen Zborowski", "Stephen Karpinski"), ("Ewa Wojciechowska", "Ewa Kwiatkowska")),
    ),
    "misspellings": Family(
        "Person",
        (("Hassan Rouhanni", "Hassan Rouhani"), ("Gulbudin Hekmatyar", "Gulbuddin Hekmatyar")),
        (("Hassan Rouhani", "Hussain Rahmani"),),
    ),
    "Arabic": Family(
        "Person",
        (
            ("Mohammed Abdul Rahman Qasimi", "Muhamad Abdelrahmane al-Kassimi"),
            ("يوسف خالد الجبوري", "Youssef Khaled al-Jubouri"),
            ("Saif ad-Din Houssein", "Sayf al-Din Husayn"),
        ),
        (("محمد خالد الجبوري", "Youssef Khaled al-Jubouri"),),
    ),
    "Persian": Family(
        "Person",
        (("Gholamreza Ahmadizadeh", "Qolam Reza Ahmadi Zade"), ("محمود احمدی‌نژاد", "Mahmoud Ahmadinejad")),
        (("Gholamreza Ahmadizadeh", "Gholamreza Karimzadeh"),),
    ),
    "Cyrillic": Family(
        "Person",
        (("Юрий Щербаков", "Yuri Shcherbakov"), ("Evgeniy Khodorkovskiy", "Yevgeny Chodorkowski")),
        (("Юрий Щербаков", "Yuri Shevchenko"),),
    ),
    "Chinese": Family(
        "Person",
        (("习近平", "Xi Jinping"), ("Chang Hsiao", "Zhang Xiao"), ("习近平", "習近平")),
        (("Zhang Zuolin", "Zhang Xueliang"),),
    ),
    "Korean": Family(
        "Person",
        (("Ri Yong Ho", "Lee Young-ho"), ("김정은", "Kim Jong Un"), ("Pak Yong-sik", "Park Young Sik")),
        (("Kim Jong Un", "Kim Yo Jong"),),
    ),
    "Spanish": Family(
        "Person",
        (("José Ángel Ibáñez Ugarte", "Jose Angel Ibanez"), ("Ximena Echeverría", "Jimena Echeverria")),
        (("José Ángel Ibáñez", "José Ángel Zubizarreta"),),
    ),
    "Portuguese": Family(
        "Person",
        (("João Gonçalves Figueiredo", "Joao Goncalves de Figueiredo"), ("Luís Vasconcellos", "Luiz Vasconcelos")),
        (("João Gonçalves Figueiredo", "João Gonçalves Vasconcelos"),),
    ),
    "Hebrew and Greek": Family(
        "Person",
        (("בנימין נתניהו", "Binyamin Netanyahu"), ("Γεώργιος Παπανδρέου", "Georgios Papandreou")),
        (("בנימין נתניהו", "Ehud Olmert"),),
    ),
    "Turkish, German and Nordic letters": Family(
        "Person",
        (("Gökhan Çağlayan", "Gokhan Caglayan"), ("Jürgen Groß-Bölting", "Juergen Gross-Boelting")),
        (("Gökhan Çağlayan", "Gökhan Demirtaş"),),
    ),
    "legal forms of companies": Family(
        "Company",
        (
            ("Zvezda Shipbuilding LLC", "OOO Zvezda Shipbuilding"),
            ("Rosneft Trading S.A.", "Rosneft Trading Société Anonyme"),
            ("Общество с ограниченной ответственностью Вектор Авиа", "Vektor Avia LLC"),
        ),
        (("Zvezda Shipbuilding LLC", "Vympel Shipbuilding LLC"),),
    ),
    "generic words of companies": Family(
        "Company",
        (
            ("Petrokhim Trading Co", "Petrokhim Trading Company Limited"),
            ("Al Barakat Intl. Exchange", "Al Barakat International Exchange"),
        ),
        (("Global Trading International", "Global Shipping International"), ("Bank of Damascus", "Bank of Aleppo")),
    ),
    "vessels": Family(
        "Vessel",
        (
            ("M/V Chong Chon Gang", "CHONG CHON GANG"),
            ("MT Pacific Bravo", "Pacific Bravo"),
            ("OCEAN FORTUNE 7", "Ocean Fortune VII"),
        ),
        (("OCEAN FORTUNE 7", "OCEAN FORTUNE 8"), ("OCEAN FORTUNE II", "OCEAN FORTUNE III")),
    ),
    "vehicles and aircraft": Family(
        "Airplane",
        (("Bombardier Challenger 604", "BOMBARDIER Challenger-604"), ("Gulfstream G550", "gulfstream g-550")),
        (("Boeing 737-400", "Airbus A320-200"),),
    ),
}


def named(entity: str, schema: str, name: str, prop: str = "name") -> Subject:
    return subject_of({"id": entity, "schema": schema, "properties": {prop: [name]}})


def score(schema: str, first: str, second: str) -> float:
    compared = compare(named("q", schema, first), named("e", schema, second))
    return 0.0 if compared is None else compared.score


@pytest.mark.parametrize(("family", "pair"), [(name, pair) for name, one in FAMILIES.items() for pair in one.one])
def test_forms_of_one_name_are_found(family: str, pair: tuple[str, str]) -> None:
    there, back = score(FAMILIES[family].schema, *pair), score(FAMILIES[family].schema, *reversed(pair))
    assert there == back
    assert there >= THRESHOLD


@pytest.mark.parametrize(("family", "pair"), [(name, pair) for name, one in FAMILIES.items() for pair in one.two])
def test_names_that_look_alike_and_are_two_stay_below(family: str, pair: tuple[str, str]) -> None:
    assert score(FAMILIES[family].schema, *pair) < THRESHOLD


def test_a_weak_alias_says_less_than_a_name_and_never_reaches_the_top_band_alone() -> None:
    strong = compare(named("q", "Person", "Abu Tahsin"), named("e", "Person", "Abu Tahsin"))
    weak = compare(named("q", "Person", "Abu Tahsin"), named("e", "Person", "Abu Tahsin", "weakAlias"))
    assert strong is not None
    assert weak is not None
    assert weak.score < strong.score
    assert weak.score < 0.9
    assert weak.reasons()[0].says.startswith("A weak alias on the list agrees")
