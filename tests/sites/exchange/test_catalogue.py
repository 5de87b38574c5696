"""The catalogue: one description in two syntaxes, with what DCAT-AP 3.0.1 demands, true of the files that it names.

The published SHACL shapes are not kept here; docs/data.md says how to hold the catalogue to them.
"""

import hashlib

import pytest
from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from sites.exchange.downloads.views import ALL_FORMATS
from sites.exchange.schemas.turtle import turtle
from sites.models import Site
from tests.factories import SiteFactory

pytestmark = [
    pytest.mark.django_db,
    # rdflib's own reader of JSON-LD:
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]

SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
AUTHORITY = "http://publications.europa.eu/resource/authority/"
# What DCAT-AP makes mandatory (and, of dates and kinds, what it allows), by class.
MANDATORY = {
    DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset),
    DCAT.Dataset: (DCTERMS.title, DCTERMS.description),
    DCAT.Distribution: (DCAT.accessURL,),
    FOAF.Agent: (FOAF.name,),
    SPDX.Checksum: (SPDX.algorithm, SPDX.checksumValue),
}
RECOMMENDED = (DCAT.distribution, DCAT.keyword, DCTERMS.publisher, DCTERMS.spatial, DCTERMS.temporal, DCAT.theme)
RANGES = {
    DCTERMS.publisher: FOAF.Agent,
    DCTERMS.license: DCTERMS.LicenseDocument,
    DCTERMS.language: DCTERMS.LinguisticSystem,
    DCTERMS.spatial: DCTERMS.Location,
    DCTERMS.temporal: DCTERMS.PeriodOfTime,
    DCTERMS.accrualPeriodicity: DCTERMS.Frequency,
    DCTERMS.conformsTo: DCTERMS.Standard,
    DCTERMS.provenance: DCTERMS.ProvenanceStatement,
    DCAT.mediaType: DCTERMS.MediaType,
    DCTERMS.format: DCTERMS.MediaTypeOrExtent,
    DCAT.contactPoint: VCARD.Kind,
    DCAT.landingPage: FOAF.Document,
    SPDX.checksum: SPDX.Checksum,
}


def graph(client, syntax: str = "turtle") -> Graph:
    address, kind = {
        "turtle": ("/catalogue.ttl", "text/turtle"),
        "json-ld": ("/catalogue.jsonld", "application/ld+json"),
    }[syntax]
    response = client.get(address)
    assert response["Content-Type"].partition(";")[0] == kind
    assert response["Access-Control-Allow-Origin"] == "*"
    return Graph().parse(data=response.getvalue().decode(), format=syntax)


def test_both_syntaxes_say_the_same(client, network, settings):
    settings.SITE = settings.SITE | {"publisher": 'L’« association »\n"A\\B"', "contact": "contact@annuaire.example"}
    assert isomorphic(graph(client, "turtle"), graph(client, "json-ld"))


def test_turtle_keeps_what_text_holds():
    document = {
        "@context": {"x": "https://x.example/"},
        "@id": "https://x.example/1",
        "@type": "x:A",
        "x:b": 'é"\\\n\t',
    }
    found = Graph().parse(data=turtle(document), format="turtle")
    assert [str(text) for text in found.objects(None, URIRef("https://x.example/b"))] == ['é"\\\n\t']


def test_the_catalogue_has_what_dcat_ap_demands(client, network, settings):
    settings.SITE = settings.SITE | {"contact": "contact@annuaire.example"}
    found = graph(client)
    for kind, properties in MANDATORY.items():
        things = list(found.subjects(RDF.type, kind))
        assert things
        for thing in things:
            assert all((thing, each, None) in found for each in properties), (thing, kind)
    (dataset,) = found.subjects(RDF.type, DCAT.Dataset)
    assert all((dataset, each, None) in found for each in (*RECOMMENDED, DCAT.contactPoint))
    for name, kind in RANGES.items():
        values = list(found.objects(None, name))
        assert values, name
        assert all((value, RDF.type, kind) in found for value in values), name
    listed = [each for each in found.subjects(unique=True) if str(each).startswith(AUTHORITY)]
    assert len(listed) == 10
    for value in listed:
        assert (value, None, URIRef(value.rpartition("/")[0])) in found


def test_its_distributions_are_the_files_as_they_are(client, network):
    found = graph(client)
    distributions = list(found.subjects(RDF.type, DCAT.Distribution))
    assert len(distributions) == len(ALL_FORMATS)
    for each in distributions:
        response = client.get(str(found.value(each, DCAT.downloadURL)))
        body = response.getvalue()
        assert int(found.value(each, DCAT.byteSize)) == len(body)
        assert found.value(each, DCAT.byteSize).datatype == XSD.nonNegativeInteger
        checksum = found.value(found.value(each, SPDX.checksum), SPDX.checksumValue)
        assert str(checksum) == hashlib.sha256(body).hexdigest()
        assert str(found.value(each, DCAT.mediaType)).endswith(response["Content-Type"].partition(";")[0])
        assert (each, DCTERMS.license, None) in found
        assert client.get(str(found.value(each, DCAT.accessURL))).status_code == 200
    conforming = {str(value) for each in distributions for value in found.objects(each, DCTERMS.conformsTo)}
    assert len(conforming) == 2


def test_an_edit_shows_in_the_catalogue(client, network):
    before = graph(client)
    Site.objects.filter(slug="pimms-melun").update(name="PIMMS du centre")
    after = graph(client)
    assert set(before.objects(None, SPDX.checksumValue)).isdisjoint(after.objects(None, SPDX.checksumValue))


@pytest.mark.parametrize(
    ("contact", "way"),
    [
        ("contact@annuaire.example", VCARD.hasEmail),
        ("https://annuaire.example/contact", VCARD.hasURL),
        ("01 99 00 00 00", None),
        ("Le service <contact@annuaire.example>", None),
        ("", None),
    ],
)
def test_only_an_address_is_a_contact(client, settings, contact, way):
    settings.SITE = settings.SITE | {"contact": contact}
    SiteFactory()
    found = graph(client)
    assert bool(list(found.objects(None, DCAT.contactPoint))) == bool(way)
    if way:
        assert (None, way, None) in found


def test_an_empty_directory_has_a_catalogue(client):
    assert isomorphic(graph(client, "turtle"), graph(client, "json-ld"))


def test_the_page_of_the_data_leads_to_it(client, directory):
    html = client.get("/donnees/").content.decode()
    assert '<link rel="alternate" type="text/turtle" href="/catalogue.ttl"' in html
    for address in ("/catalogue.ttl", "/catalogue.jsonld", "/pimms.csv-metadata.json"):
        assert f'<a href="{address}">' in html
