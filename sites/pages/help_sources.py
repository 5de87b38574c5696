"""The public texts that ``/a-quoi-ca-sert/`` rests on, in the order in which the page lists them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Source:
    key: str
    title: Text
    date: Text
    url: str


SERVICE_PUBLIC = "https://www.service-public.gouv.fr/particuliers/vosdroits/{}".format
SOURCES = (
    Source(
        "senat",
        _("Sénat, rapport général n° 139 sur le budget 2026, « Aménagement des territoires »"),
        _("24 novembre 2025"),
        "https://www.senat.fr/rap/l25-139-35-2/l25-139-35-2_mono.html",
    ),
    Source(
        "referentiel",
        _("Arrêté du 16 juin 2025 portant approbation du référentiel France services, annexe"),
        _("16 juin 2025"),
        "https://legal.tricoteuses.fr/articles/LEGIARTI000051827933",
    ),
    Source(
        "cour-des-comptes",
        _("Cour des comptes, « Programme France services (2020-2023) », réponse du Premier ministre"),
        _("4 septembre 2024"),
        "https://www.ccomptes.fr/fr/documents/71276",
    ),
    Source(
        "themes",
        _("Le rapport de la Cour des comptes, résumé par l’association nationale de retraités (ANR)"),
        _("14 octobre 2024"),
        "https://anrsiege.fr/2024/10/14/france-services",
    ),
    Source(
        "gouvernement",
        _("Gouvernement, « Qu’est-ce qu’une maison France services ? »"),
        _("22 octobre 2024"),
        "https://info.gouv.fr/actualite/quest-ce-quune-maison-france-services",
    ),
    Source(
        "salon-des-maires",
        _("Annonce des ministres au Salon des maires, « 61 nouvelles maisons France services », résumée par Liti"),
        _("fin 2025"),
        "https://liti.fr/61-nouvelles-maisons-france-services",
    ),
    Source(
        "circulaire",
        _("Circulaire du Premier ministre n° 6094-SG, résumée par les centres sociaux de Côte-d’Or"),
        _("1er juillet 2019"),
        "http://www.centres-sociaux-21.fr/Fede21/Breves/06-Maisons-France-Services.html",
    ),
    Source(
        "donnees",
        _("data.gouv.fr, « Maisons France services » de Seine-Maritime, présentation"),
        _("novembre 2023"),
        "https://www.data.gouv.fr/datasets/maisons-france-services-76-novembre-2023/",
    ),
    Source(
        "permis",
        _("Service-Public, « Demande en ligne de permis de conduire : comment être aidé ? »"),
        _("21 août 2025"),
        SERVICE_PUBLIC("F34762"),
    ),
    Source(
        "carte-grise",
        _("Service-Public, « Que faire si vous n’arrivez pas à faire votre démarche de carte grise en ligne ? »"),
        _("2 août 2021"),
        SERVICE_PUBLIC("F34743"),
    ),
    Source(
        "carte-d-identite",
        _("Service-Public, « Renouvellement de la carte d’identité d’un majeur »"),
        _("20 mai 2022"),
        SERVICE_PUBLIC("F21089"),
    ),
    Source(
        "apl",
        _("Service-Public, « Aide personnalisée au logement (APL) »"),
        _("1er octobre 2023"),
        SERVICE_PUBLIC("F12006"),
    ),
    Source(
        "complementaire",
        _("Service-Public, « Complémentaire santé solidaire »"),
        _("1er juillet 2025"),
        SERVICE_PUBLIC("F10027"),
    ),
    Source(
        "assemblee",
        _("Assemblée nationale, débat sur les services publics, réponse du Gouvernement"),
        _("2023"),
        "https://nosdeputes.fr/16/intervention/451337",
    ),
    Source(
        "banque-de-france",
        _("Banque de France, « Prévenir et traiter le surendettement »"),
        _("20 avril 2017"),
        "https://www.banque-france.fr/la-banque-de-france/responsabilite-sociale-dentreprise/"
        "un-engagement-economique-et-citoyen/prevenir-et-traiter-le-surendettement",
    ),
    Source(
        "liste",
        _("Liste officielle des France Services (ANCT), reprise par cet annuaire"),
        _("1er août 2024"),
        "/donnees/",
    ),
    Source(
        "communique-2019", _("Union nationale des PIMMS, communiqué"), _("22 novembre 2019"), "/communiques/2019-11-22/"
    ),
    Source(
        "communique-2020", _("Union nationale des PIMMS, communiqué"), _("14 octobre 2020"), "/communiques/2020-10-14/"
    ),
)
