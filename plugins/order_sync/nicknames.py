"""The short names that people go by, and the given names that they stand for."""

from __future__ import annotations

_SHORT = """
alexander: alex al sandy xander; alexandra: alex sandra lexi; alfred: al fred; amanda: mandy; andrew: andy drew; anthony: tony;
antonio: tony; barbara: barb babs; benjamin: ben benny; bradley: brad; catherine: cathy kate cate cat; charles: charlie chuck chas;
christina: chris tina chrissy; christine: chris tina chrissy; christopher: chris kit topher; cynthia: cindy; daniel: dan danny;
david: dave davey; deborah: deb debbie; donald: don donny; dorothy: dot dottie; douglas: doug; edward: ed eddie ted ned teddy;
elizabeth: liz beth betty eliza lisa betsy lizzie; emily: em; eugene: gene; florence: flo; frances: fran; francis: frank;
francisco: paco pancho; franklin: frank; frederick: fred freddy; gabriel: gabe; geoffrey: geoff jeff; gerald: jerry; gregory: greg;
guillermo: memo; harold: hal harry; henry: hank harry; isabella: bella; jacob: jake; jacqueline: jackie; james: jim jimmy jamie;
janet: jan; jeffrey: jeff; jennifer: jen jenny; jessica: jess jessie; john: jack johnny jon; jonathan: jon jonny; jose: pepe;
joseph: joe joey; joshua: josh; judith: judy; katherine: kate kathy kat katie; kathleen: kathy kate; kenneth: ken kenny;
kimberly: kim; lawrence: larry; leonard: len leo lenny; louis: lou; luis: lucho; manuel: manny; margaret: maggie meg peggy marge;
maria: mary; martin: marty; mary: molly polly; matthew: matt; maximilian: max; melissa: mel missy; michael: mike mick mickey;
michelle: shelly; nancy: nan; natalie: nat; nathan: nate; nathaniel: nate; nicholas: nick nicky; nicole: nicky; pamela: pam;
patricia: pat trish patty tricia; patrick: pat paddy; peter: pete; philip: phil; phillip: phil; raymond: ray; rebecca: becky becca;
richard: rick dick rich ricky; robert: bob rob bobby robby bert; roberto: beto; ronald: ron ronnie; rosemary: rose; russell: russ;
samantha: sam; samuel: sam sammy; sandra: sandy; sarah: sally sara; sebastian: seb; stanley: stan; stephanie: steph; stephen: steve;
steven: steve; susan: sue susie; suzanne: sue; theodore: ted theo teddy; theresa: terry tess; thomas: tom tommy; timothy: tim timmy;
victoria: vicky tori; vincent: vince vinny; virginia: ginny; walter: walt; william: bill will billy willy liam; zachary: zach zack
"""


def _by_name() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in " ".join(_SHORT.split()).split("; "):
        given, _, short = entry.partition(": ")
        for name in (given, *short.split()):
            found.setdefault(name, set()).add(given)
    return {name: frozenset(given) for name, given in found.items()}


_GIVEN_NAMES = _by_name()


def given_names(name: str) -> frozenset[str]:
    """The given names that a folded name may stand for: `bob` for robert, `alex` for two; any other name for itself alone."""
    return _GIVEN_NAMES.get(name) or frozenset((name,))
