"""Persons and companies of a country, from Faker's own locales, in the Latin alphabet.

Faker names a German as Germans are named; only its phones, addresses and mailboxes are never used.
"""

from faker import Factory, Generator
from faker.providers import BaseProvider
from faker.providers.company import Provider as CompanyProvider
from faker.providers.person import Provider as PersonProvider

DEFAULT_LOCALE = "en_US"
_LOCALES = {  # names of countries as tables write them, casefolded, and ISO 3166 codes -> Faker locale
    "argentina": "es_AR", "ar": "es_AR", "australia": "en_AU", "au": "en_AU", "austria": "de_AT", "at": "de_AT",
    "belgium": "fr_BE", "be": "fr_BE", "brazil": "pt_BR", "br": "pt_BR", "canada": "en_CA", "ca": "en_CA",
    "chile": "es_CL", "cl": "es_CL", "colombia": "es_CO", "co": "es_CO", "denmark": "da_DK", "dk": "da_DK",
    "finland": "fi_FI", "fi": "fi_FI", "france": "fr_FR", "fr": "fr_FR", "germany": "de_DE", "de": "de_DE",
    "deutschland": "de_DE", "hungary": "hu_HU", "hu": "hu_HU", "india": "en_IN", "in": "en_IN", "ireland": "en_IE",
    "ie": "en_IE", "italy": "it_IT", "it": "it_IT", "italia": "it_IT", "mexico": "es_MX", "mx": "es_MX",
    "netherlands": "nl_NL", "nl": "nl_NL", "new zealand": "en_NZ", "nz": "en_NZ", "norway": "no_NO", "no": "no_NO",
    "poland": "pl_PL", "pl": "pl_PL", "portugal": "pt_PT", "pt": "pt_PT", "spain": "es_ES", "es": "es_ES",
    "españa": "es_ES", "sweden": "sv_SE", "se": "sv_SE", "switzerland": "de_CH", "ch": "de_CH",
    "turkey": "tr_TR", "tr": "tr_TR", "uk": "en_GB", "gb": "en_GB", "united kingdom": "en_GB", "england": "en_GB",
    "usa": "en_US", "us": "en_US", "united states": "en_US", "venezuela": "es_ES", "ve": "es_ES",
}  # fmt: skip


class LatinNameProvider(BaseProvider):
    """Adds `latin_person` and `latin_company` for a locale of Faker's; keeps one Faker generator per locale."""

    def __init__(self, generator: Generator) -> None:
        super().__init__(generator)
        self._locales: dict[str, tuple[Generator, PersonProvider, CompanyProvider]] = {}

    def latin_person(self, locale: str = DEFAULT_LOCALE) -> str:
        """Return given name and surname, without titles."""
        person, _ = self._providers(locale)
        return f"{person.first_name()} {person.last_name()}"

    def latin_company(self, locale: str = DEFAULT_LOCALE) -> str:
        """Return a company's name."""
        return self._providers(locale)[1].company()

    def _providers(self, locale: str) -> tuple[PersonProvider, CompanyProvider]:
        if locale not in self._locales:
            made = Factory.create(locale or DEFAULT_LOCALE)
            persons = [one for one in made.get_providers() if isinstance(one, PersonProvider)]
            companies = [one for one in made.get_providers() if isinstance(one, CompanyProvider)]
            self._locales[locale] = made, persons[0], companies[0]
        generator, person, company = self._locales[locale]
        generator.random = self.generator.random
        return person, company


def locale_of(country: str | None) -> str:
    """Return the Faker locale for a country as a table writes it, the default for an unknown one."""
    return _LOCALES.get((country or "").strip().casefold(), DEFAULT_LOCALE)
