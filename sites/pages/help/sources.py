"""The public texts that ``/a-quoi-ca-sert/`` rests on, in the order in which the page lists them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """In French in every language: so are these texts."""

    key: str
    title: str
    date: str
    url: str


SERVICE_PUBLIC = "https://www.service-public.gouv.fr/particuliers/vosdroits/{}".format
SOURCES = (
    Source(
        "senat",
        "Sénat, rapport général n° 139 sur le budget 2026, « Aménagement des territoires »",
        "24 novembre 2025",
        "https://www.senat.fr/rap/l25-139-35-2/l25-139-35-2_mono.html",
    ),
    Source(
        "referentiel",
        "Arrêté du 16 juin 2025 portant approbation du référentiel France services, annexe",
        "16 juin 2025",
        "https://legal.tricoteuses.fr/articles/LEGIARTI000051827933",
    ),
    Source(
        "cour-des-comptes",
        "Cour des comptes, « Programme France services (2020-2023) », réponse du Premier ministre",
        "4 septembre 2024",
        "https://www.ccomptes.fr/fr/documents/71276",
    ),
    Source(
        "themes",
        "Le rapport de la Cour des comptes, résumé par l’association nationale de retraités (ANR)",
        "14 octobre 2024",
        "https://anrsiege.fr/2024/10/14/france-services",
    ),
    Source(
        "gouvernement",
        "Gouvernement, « Qu’est-ce qu’une maison France services ? »",
        "22 octobre 2024",
        "https://info.gouv.fr/actualite/quest-ce-quune-maison-france-services",
    ),
    Source(
        "salon-des-maires",
        "Annonce des ministres au Salon des maires, « 61 nouvelles maisons France services », résumée par Liti",
        "fin 2025",
        "https://liti.fr/61-nouvelles-maisons-france-services",
    ),
    Source(
        "circulaire",
        "Circulaire du Premier ministre n° 6094-SG, résumée par les centres sociaux de Côte-d’Or",
        "1er juillet 2019",
        "http://www.centres-sociaux-21.fr/Fede21/Breves/06-Maisons-France-Services.html",
    ),
    Source(
        "donnees",
        "data.gouv.fr, « Maisons France services » de Seine-Maritime, présentation",
        "novembre 2023",
        "https://www.data.gouv.fr/datasets/maisons-france-services-76-novembre-2023/",
    ),
    Source(
        "permis",
        "Service-Public, « Demande en ligne de permis de conduire : comment être aidé ? »",
        "21 août 2025",
        SERVICE_PUBLIC("F34762"),
    ),
    Source(
        "carte-grise",
        "Service-Public, « Que faire si vous n’arrivez pas à faire votre démarche de carte grise en ligne ? »",
        "2 août 2021",
        SERVICE_PUBLIC("F34743"),
    ),
    Source(
        "carte-d-identite",
        "Service-Public, « Renouvellement de la carte d’identité d’un majeur »",
        "20 mai 2022",
        SERVICE_PUBLIC("F21089"),
    ),
    Source(
        "apl",
        "Service-Public, « Aide personnalisée au logement (APL) »",
        "1er octobre 2023",
        SERVICE_PUBLIC("F12006"),
    ),
    Source(
        "complementaire",
        "Service-Public, « Complémentaire santé solidaire »",
        "1er juillet 2025",
        SERVICE_PUBLIC("F10027"),
    ),
    Source(
        "assemblee",
        "Assemblée nationale, débat sur les services publics, réponse du Gouvernement",
        "2023",
        "https://nosdeputes.fr/16/intervention/451337",
    ),
    Source(
        "banque-de-france",
        "Banque de France, « Prévenir et traiter le surendettement »",
        "20 avril 2017",
        "https://www.banque-france.fr/la-banque-de-france/responsabilite-sociale-dentreprise/"
        "un-engagement-economique-et-citoyen/prevenir-et-traiter-le-surendettement",
    ),
    Source(
        "liste",
        "Liste officielle des France Services (ANCT), reprise par cet annuaire",
        "1er août 2024",
        "/donnees/",
    ),
    Source("communique-2019", "Union nationale des PIMMS, communiqué", "22 novembre 2019", "/communiques/2019-11-22/"),
    Source("communique-2020", "Union nationale des PIMMS, communiqué", "14 octobre 2020", "/communiques/2020-10-14/"),
)
