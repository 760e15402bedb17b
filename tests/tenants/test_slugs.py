"""Which names a tenant may have (T19)."""

import pytest
from django.core.exceptions import ValidationError

from kernel.errors import Invalid
from tenants import provisioning
from tenants.models import Domain, Tenant
from tenants.slugs import RESERVED, skeleton, validate_slug
from tests.tenants.applications import application
from tests.worlds import World


def rows() -> tuple[int, int]:
    """Tenants and domains: unchanged by a refusal."""
    return Tenant.objects.count(), Domain.objects.count()


@pytest.mark.parametrize("slug", ["munich-courts", "abc", "7-seas", "a" * 63, "studio54-tokyo"])
def test_ordinary_slugs_are_accepted(slug: str) -> None:
    validate_slug(slug)


@pytest.mark.parametrize(
    "slug",
    [
        *("", "a", "ab", "a" * 64),
        *("-court", "court-", "cou_rt", "cou.rt", "cou rt", "court\n", "court/", "court:80", "co@rt"),
        *("Court", "COURT"),
        # Cyrillic о and а, Greek ο, full-width, ligature, dotless i, combining accent, zero-width space, soft hyphen
        *("cоurt", "plаza", "cοurt", "ｃourt", "ﬁtness", "fıtness", "cafe\u0301", "co\u200burt", "co\u00adurt"),
        *("münchen", "東京", "١٢٣"),
    ],
)
def test_malformed_slugs_and_other_alphabets_are_refused(slug: str) -> None:
    """T19: a homoglyph cannot even be written."""
    with pytest.raises(ValidationError) as refusal:
        validate_slug(slug)
    assert refusal.value.code == "slug_malformed"


@pytest.mark.parametrize("slug", sorted(name for name in RESERVED if len(name) > 2))
def test_reserved_slugs_are_refused(slug: str) -> None:
    """T19."""
    with pytest.raises(ValidationError) as refusal:
        validate_slug(slug)
    assert refusal.value.code == "slug_reserved"


@pytest.mark.parametrize(
    "slug", ["www", "admin", "api", "public", "pg-catalog", "information-schema", "static", "mail"]
)
def test_reserved_slugs_of_the_catalogue_are_refused(slug: str) -> None:
    """T19, the list as RELIABILITY.md has it."""
    with pytest.raises(ValidationError):
        validate_slug(slug)


@pytest.mark.parametrize(
    "slug",
    ["adm1n", "a-d-m-i-n", "vvww", "wvvw", "1ogin", "log1n", "rnail", "supp0rt", "he1p", "5tripe", "xn--80ak6aa92e"],
)
def test_look_alikes_of_reserved_slugs_and_punycode_are_refused(slug: str) -> None:
    """T19."""
    with pytest.raises(ValidationError) as refusal:
        validate_slug(slug)
    assert refusal.value.code == "slug_reserved"


def test_two_hyphens_in_a_row_are_refused() -> None:
    """RFC 5891 keeps `??--` for encodings; elsewhere they only confuse."""
    with pytest.raises(ValidationError):
        validate_slug("court--hall")


@pytest.mark.parametrize(
    "look_alike", ["alphasports", "a1pha-sports", "alpha-5ports", "alpha-sp0rts", "aipha-sports", "al-pha-sports"]
)
def test_slug_that_reads_like_another_tenants_is_refused(alpha: World, look_alike: str) -> None:
    """T19."""
    before = rows()
    with pytest.raises(Invalid) as refusal:
        provisioning.create(application(look_alike))
    assert list(refusal.value.extra["errors"]) == ["slug"]  # type: ignore[call-overload]
    assert rows() == before


def test_the_database_keeps_look_alikes_apart_too(alpha: World) -> None:
    assert skeleton("a1pha-5ports") == alpha.tenant.slug_skeleton
    constraint = Tenant._meta.get_field("slug_skeleton")
    assert constraint.unique


@pytest.mark.parametrize("spelling", ["Alpha-Sports", "ALPHA-SPORTS", " alpha-sports "])
def test_same_slug_in_other_case_is_the_same_slug(alpha: World, spelling: str) -> None:
    """T19: case collisions."""
    before = rows()
    with pytest.raises(Invalid) as refusal:
        provisioning.create(application(spelling))
    assert list(refusal.value.extra["errors"]) == ["slug"]  # type: ignore[call-overload]
    assert rows() == before


def test_a_slug_in_capitals_is_kept_in_small_letters(db: None) -> None:
    tenant = provisioning.create(application("Gamma-Hall"))
    assert tenant.slug == "gamma-hall"
    assert list(tenant.domains.values_list("domain", "is_primary")) == [("gamma-hall.localhost", True)]


def test_the_schemas_name_is_generated_and_never_the_users_text(db: None) -> None:
    """T19."""
    tenant = provisioning.create(application("gamma-hall"))
    assert tenant.schema_name.startswith("t_")
    assert len(tenant.schema_name) == len("t_") + 16
    assert "gamma" not in tenant.schema_name


def test_the_platforms_own_slug_cannot_be_taken(db: None) -> None:
    before = rows()
    with pytest.raises(Invalid):
        provisioning.create(application("platform-itself"))
    assert rows() == before
