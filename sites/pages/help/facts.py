"""What ``/a-quoi-ca-sert/`` says, sentence by sentence, each with its sources.

The sentences are ours. What holds of every France Services is said so; nothing is said of one desk. ``docs/help.md``
tells where each source was read, and what was looked for and not found.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Fact:
    """A sentence or two. ``sources`` are keys; empty where the directory gives advice and states nothing."""

    text: Text
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A paragraph under its own heading; ``slug`` is its anchor."""

    slug: str
    title: Text
    facts: tuple[Fact, ...]


# What everybody asks first.
FIRST = (
    Part(
        "gratuit",
        _("C’est gratuit, pour tout le monde"),
        (
            Fact(
                _("Dans toutes les France Services, l’accueil est gratuit. Il est ouvert à tous."),
                ("salon-des-maires",),
            ),
            Fact(_("Vous pouvez venir sans rendez-vous."), ("cour-des-comptes",)),
            Fact(_("Certains PIMMS reçoivent aussi sur rendez-vous : leur page le dit."), ("liste",)),
            Fact(_("Tout le monde y est traité de la même façon."), ("referentiel",)),
        ),
    ),
    Part(
        "apporter",
        _("Que faut-il apporter ?"),
        (
            Fact(_("Cela dépend de votre démarche : aucun texte ne donne de liste pour tous les cas.")),
            Fact(_("Téléphonez au PIMMS avant de venir. Demandez quels papiers il faut.")),
        ),
    ),
    Part(
        "horaires",
        _("Quand est-ce ouvert ?"),
        (
            Fact(
                _("La règle de 2019 : une France Services ouvre au moins 24 heures par semaine, sur 5 jours."),
                ("circulaire",),
            ),
            Fact(_("Les jours et les heures de chaque PIMMS sont sur sa page. Téléphonez avant de venir.")),
        ),
    ),
)

SUBJECTS = (
    Part(
        "papiers",
        _("Carte grise, permis, carte d’identité"),
        (
            Fact(_("Le ministère de l’Intérieur est partenaire de toutes les France Services."), ("senat",)),
            Fact(_("On vous aide à demander une carte grise sur internet."), ("carte-grise", "donnees")),
            Fact(_("On vous aide aussi pour le permis de conduire."), ("permis", "donnees")),
            Fact(
                _(
                    "Pour refaire une carte d’identité, on peut préparer la demande sur internet. Ensuite, il faut "
                    "aller dans une mairie équipée."
                ),
                ("carte-d-identite",),
            ),
        ),
    ),
    Part(
        "famille",
        _("Famille, RSA, logement"),
        (
            Fact(_("La CAF est partenaire de toutes les France Services."), ("senat", "gouvernement")),
            Fact(_("On vous aide dans vos démarches pour le RSA."), ("donnees",)),
            Fact(_("Les APL se demandent à la CAF ou à la MSA, qui sont partenaires."), ("apl", "senat")),
        ),
    ),
    Part(
        "impots",
        _("Impôts"),
        (
            Fact(_("Le service des impôts est partenaire de toutes les France Services."), ("senat",)),
            Fact(_("On vous aide dans vos démarches sur les impôts."), ("donnees",)),
        ),
    ),
    Part(
        "retraite",
        _("Retraite"),
        (
            Fact(_("L’Assurance retraite est partenaire de toutes les France Services."), ("senat",)),
            Fact(
                _("Depuis le 1er janvier 2025, l’Agirc-Arrco (retraite complémentaire) est aussi partenaire."),
                ("senat",),
            ),
        ),
    ),
    Part(
        "sante",
        _("Santé, sécurité sociale"),
        (
            Fact(
                _("L’Assurance maladie (la « sécu ») et la MSA sont partenaires de toutes les France Services."),
                ("senat", "gouvernement"),
            ),
            Fact(
                _("Si vous avez peu d’argent, la complémentaire santé solidaire peut payer une partie de vos soins."),
                ("complementaire",),
            ),
        ),
    ),
    Part(
        "travail",
        _("Chômage, emploi"),
        (
            Fact(
                _("France Travail (avant : Pôle emploi) est partenaire de toutes les France Services."),
                ("senat", "gouvernement"),
            ),
            Fact(_("L’Urssaf est partenaire du réseau depuis le 1er janvier 2025."), ("senat",)),
        ),
    ),
    Part(
        "energie",
        _("Chèque énergie, travaux"),
        (
            Fact(
                _(
                    "Depuis le 1er janvier 2024, les services de l’État pour l’énergie sont partenaires de toutes les "
                    "France Services. On vous aide pour le chèque énergie."
                ),
                ("senat", "assemblee"),
            ),
            Fact(
                _("L’Anah, qui aide à rénover les logements, l’est aussi depuis cette date (MaPrimeRénov’)."),
                ("senat", "assemblee"),
            ),
        ),
    ),
    Part(
        "argent",
        _("Factures, dettes"),
        (
            Fact(_("Le budget est un des sujets des France Services."), ("themes",)),
            Fact(_("On vous donne une première information. On vous dirige vers le bon service."), ("referentiel",)),
            Fact(
                _(
                    "En 2017, la Banque de France citait les PIMMS parmi ses partenaires pour aider les personnes "
                    "endettées."
                ),
                ("banque-de-france",),
            ),
        ),
    ),
    Part(
        "justice",
        _("Justice, droits"),
        (
            Fact(
                _("Le ministère de la Justice est partenaire de toutes les France Services."), ("senat", "gouvernement")
            ),
            Fact(_("On vous aide à connaître vos droits."), ("gouvernement",)),
        ),
    ),
    Part(
        "courrier",
        _("Un courrier, La Poste"),
        (
            Fact(
                _(
                    "Un courrier que vous ne comprenez pas ? Apportez-le. Toutes les France Services donnent une "
                    "première information."
                ),
                ("referentiel",),
            ),
            Fact(_("La Poste est partenaire de toutes les France Services."), ("senat", "gouvernement")),
        ),
    ),
    Part(
        "internet",
        _("Internet, ordinateur"),
        (
            Fact(_("Toutes les France Services aident à faire les démarches sur internet."), ("referentiel",)),
            Fact(_("Vous pouvez y utiliser des outils numériques, seul ou avec de l’aide."), ("gouvernement",)),
        ),
    ),
    Part(
        "transports",
        _("Dans les transports et à domicile"),
        (
            Fact(
                _(
                    "Des médiateurs des PIMMS vont vers les gens : dans les transports, à domicile, dans la rue. Ils "
                    "l’ont fait plus d’un million de fois en 2019."
                ),
                ("communique-2020",),
            ),
        ),
    ),
)

MORE = (
    Part(
        "qui",
        _("Qui vous aide ?"),
        (
            Fact(
                _("Des conseillers vous écoutent et vous aident. Les services publics partenaires les forment."),
                ("gouvernement",),
            ),
            Fact(_("Au moins deux personnes vous accueillent : c’est la règle depuis 2019."), ("circulaire",)),
            Fact(
                _(
                    "Les PIMMS existaient avant ce label. Leur travail : faciliter les relations entre les habitants "
                    "et les services publics."
                ),
                ("communique-2019",),
            ),
        ),
    ),
    Part(
        "limites",
        _("Ce que l’on n’y fait pas"),
        (
            Fact(
                _(
                    "Les conseillers aident pour les démarches courantes. Pour certaines, il faut voir le service "
                    "lui-même : ils vous disent lequel."
                ),
                ("referentiel", "gouvernement"),
            ),
            Fact(_("On n’y fait pas les cartes d’identité : il faut aller à la mairie."), ("carte-d-identite",)),
        ),
    ),
)

PARTS = (*FIRST, *SUBJECTS, *MORE)
