"""What people come for, in their own words.

Each need belongs to a paragraph of ``/a-quoi-ca-sert/``, which names its sources (``sites/pages/help/facts.py``). Its
answer says no more than that paragraph does.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Need:
    """``words``: what people call it, in the singular; ``topic``: the paragraph that tells more about it."""

    slug: str
    name: str | Promise
    answer: str | Promise
    topic: str
    words: tuple[str, ...]
    is_often_asked: bool = False


ALL = (
    Need(
        "carte-grise",
        _("Carte grise"),
        _("Carte grise : on vous aide à faire la demande sur internet, dans toutes les France Services."),
        "papiers",
        ("carte grise", "certificat d’immatriculation", "immatriculation"),
        is_often_asked=True,
    ),
    Need(
        "permis-de-conduire",
        _("Permis de conduire"),
        _("Permis de conduire : on vous aide à faire la demande sur internet, dans toutes les France Services."),
        "papiers",
        ("permis de conduire", "permis"),
        is_often_asked=True,
    ),
    Need(
        "carte-d-identite",
        _("Carte d’identité, passeport"),
        _(
            "Carte d’identité ou passeport : toutes les France Services aident à préparer la demande sur internet. "
            "La demande se termine à la mairie."
        ),
        "papiers",
        ("carte d’identité", "carte nationale d’identité", "pièce d’identité", "papier d’identité", "cni", "passeport"),
    ),
    Need(
        "caf",
        _("CAF"),
        _("CAF : on vous aide dans vos démarches avec la CAF, dans toutes les France Services."),
        "famille",
        (
            *("caf", "caisse d’allocations familiales", "allocation familiale", "allocation", "alloc", "aah"),
            *("prime d’activité", "allocation adulte handicapé", "allocation de rentrée scolaire"),
        ),
        is_often_asked=True,
    ),
    Need(
        "apl",
        _("APL, aides au logement"),
        _("APL et aides au logement : on vous aide dans vos démarches avec la CAF, dans toutes les France Services."),
        "famille",
        ("apl", "aide au logement", "aide personnalisée au logement", "allocation logement", "allocation de logement"),
        is_often_asked=True,
    ),
    Need(
        "rsa",
        _("RSA"),
        _("RSA : on vous aide dans vos démarches, dans toutes les France Services."),
        "famille",
        ("rsa", "revenu de solidarité active"),
        is_often_asked=True,
    ),
    Need(
        "impots",
        _("Impôts"),
        _("Impôts : on vous aide dans vos démarches avec les impôts, dans toutes les France Services."),
        "impots",
        (
            *("impôt", "impôt sur le revenu", "déclaration de revenus", "déclaration d’impôt", "avis d’imposition"),
            *("prélèvement à la source", "taxe foncière", "taxe d’habitation", "finances publiques", "trésor public"),
        ),
        is_often_asked=True,
    ),
    Need(
        "retraite",
        _("Retraite"),
        _("Retraite : on vous aide dans vos démarches avec l’Assurance retraite, dans toutes les France Services."),
        "retraite",
        (
            *("retraite", "pension de retraite", "demande de retraite", "assurance retraite", "carsat", "cnav"),
            *("retraite complémentaire", "agirc arrco"),
        ),
        is_often_asked=True,
    ),
    Need(
        "securite-sociale",
        _("Sécu, carte Vitale"),
        _(
            "Sécurité sociale : on vous aide dans vos démarches avec l’Assurance maladie, dans toutes les France "
            "Services."
        ),
        "sante",
        (
            *("sécu", "sécurité sociale", "assurance maladie", "cpam", "ameli", "carte vitale", "feuille de soins"),
            *("arrêt maladie", "arrêt de travail"),
        ),
        is_often_asked=True,
    ),
    Need(
        "mutuelle",
        _("Mutuelle, complémentaire santé solidaire"),
        _(
            "Complémentaire santé solidaire : on vous aide dans vos démarches avec l’Assurance maladie, dans toutes "
            "les France Services."
        ),
        "sante",
        ("mutuelle", "complémentaire santé", "complémentaire santé solidaire", "css", "c2s", "cmu"),
    ),
    Need(
        "chomage",
        _("Chômage, France Travail"),
        _("Chômage : on vous aide dans vos démarches avec France Travail, dans toutes les France Services."),
        "travail",
        (
            *("chômage", "allocation chômage", "demandeur d’emploi", "pôle emploi", "france travail", "anpe"),
            *("inscription chômage", "actualisation"),
        ),
        is_often_asked=True,
    ),
    Need(
        "emploi",
        _("Chercher un emploi"),
        _("Emploi : on vous aide dans vos démarches avec France Travail, dans toutes les France Services."),
        "travail",
        ("emploi", "recherche d’emploi", "offre d’emploi", "chercher du travail", "trouver du travail"),
    ),
    Need(
        "urssaf",
        _("Urssaf"),
        _("Urssaf : elle est partenaire des France Services depuis 2025. Demandez à votre PIMMS ce qu’il peut faire."),
        "travail",
        ("urssaf", "auto entrepreneur", "micro entreprise", "micro entrepreneur"),
    ),
    Need(
        "msa",
        _("MSA (monde agricole)"),
        _("MSA : on vous aide dans vos démarches avec la MSA, dans toutes les France Services."),
        "sante",
        ("msa", "mutualité sociale agricole"),
    ),
    Need(
        "cheque-energie",
        _("Chèque énergie"),
        _("Chèque énergie : on vous aide dans vos démarches, dans toutes les France Services."),
        "energie",
        ("chèque énergie", "prime énergie", "aide énergie", "aide chauffage"),
        is_often_asked=True,
    ),
    Need(
        "renovation",
        _("Travaux de rénovation"),
        _(
            "Aides pour rénover un logement : on vous aide dans vos démarches avec l’Anah, dans toutes les France "
            "Services."
        ),
        "energie",
        ("maprimerénov", "ma prime rénov", "maprimeadapt", "ma prime adapt", "rénovation", "isolation", "anah"),
    ),
    Need(
        "facture",
        _("Facture difficile à payer"),
        _(
            "Facture difficile à payer : toutes les France Services vous informent et vous dirigent vers le bon "
            "service."
        ),
        "argent",
        ("facture", "facture impayée", "impayé", "facture d’électricité", "facture de gaz", "facture d’eau"),
    ),
    Need(
        "surendettement",
        _("Dettes, surendettement"),
        _("Dettes : toutes les France Services vous informent et vous dirigent vers le bon service."),
        "argent",
        ("surendettement", "dossier de surendettement", "dette", "banque de france"),
    ),
    Need(
        "justice",
        _("Justice, droits"),
        _("Justice : on vous aide à connaître vos droits, dans toutes les France Services."),
        "justice",
        ("justice", "palais de justice", "aide juridictionnelle", "aide juridique", "accès au droit", "point justice"),
    ),
    Need(
        "courrier",
        _("Un courrier que je ne comprends pas"),
        _(
            "Un courrier que vous ne comprenez pas ? Apportez-le : toutes les France Services donnent une première "
            "information."
        ),
        "courrier",
        ("courrier que je ne comprends pas", "lettre que je ne comprends pas", "courrier", "lettre"),
        is_often_asked=True,
    ),
    Need(
        "la-poste",
        _("La Poste"),
        _("La Poste : on vous aide dans vos démarches avec La Poste, dans toutes les France Services."),
        "courrier",
        ("la poste", "colis"),
    ),
    Need(
        "internet",
        _("Internet, ordinateur"),
        _("Internet : on vous aide à faire vos démarches en ligne, dans toutes les France Services."),
        "internet",
        (
            *("internet", "ordinateur", "démarche en ligne", "démarche sur internet", "numérique", "informatique"),
            *("franceconnect", "france connect", "adresse mail", "boîte mail", "imprimer", "scanner"),
        ),
        is_often_asked=True,
    ),
)
NEEDS = {need.slug: need for need in ALL}
OFTEN_ASKED = [need for need in ALL if need.is_often_asked]
