"""The short names that people go by, the given names that they stand for, and given names that are no slip of another one."""

from __future__ import annotations

_SHORT = """
alexander: alex al sandy xander; alexandra: alex sandra lexi; alfred: al fred; amanda: mandy; andrew: andy drew; anthony: tony;
antonio: tony; barbara: barb babs; benjamin: ben benny; bradley: brad; caroline: carol carrie;
carolyn: carol; catherine: cathy kate cate cat; charles: charlie chuck chas;
christina: chris tina chrissy; christine: chris tina chrissy; christopher: chris kit topher;
curtis: curt; cynthia: cindy; daniel: dan danny;
david: dave davey; deborah: deb debbie; donald: don donny; dorothy: dot dottie; douglas: doug; edward: ed eddie ted ned teddy;
elizabeth: liz beth betty eliza lisa betsy lizzie; emily: em; eugene: gene; florence: flo; frances: fran; francis: frank;
francisco: paco pancho; franklin: frank; frederick: fred freddy; gabriel: gabe; geoffrey: geoff jeff; gerald: jerry; gregory: greg;
guillermo: memo; harold: hal harry; henry: hank harry; isabella: bella; jacob: jake; jacqueline: jackie; james: jim jimmy jamie;
janet: jan; jeffrey: jeff; jennifer: jen jenny; jessica: jess jessie; john: jack johnny jon; jonathan: jon jonny; jose: pepe;
joseph: joe joey; joshua: josh; judith: judy; katherine: kate kathy kat katie; kathleen: kathy kate; kenneth: ken kenny;
kimberly: kim; lawrence: larry; leonard: len leo lenny; louis: lou; luis: lucho; manuel: manny;
marcus: marc; margaret: maggie meg peggy marge;
maria: mary; martin: marty; mary: molly polly; matthew: matt; maximilian: max; melissa: mel missy; michael: mike mick mickey;
michelle: shelly; nancy: nan; natalie: nat; nathan: nate; nathaniel: nate; nicholas: nick nicky; nicole: nicky; pamela: pam;
patricia: pat trish patty tricia; patrick: pat paddy; peter: pete; philip: phil; phillip: phil; raymond: ray; rebecca: becky becca;
richard: rick dick rich ricky; robert: bob rob bobby robby bert; roberto: beto; ronald: ron ronnie; rosemary: rose; russell: russ;
samantha: sam; samuel: sam sammy; sandra: sandy; sarah: sally sara; sebastian: seb; stanley: stan; stephanie: steph; stephen: steve;
steven: steve; susan: sue susie; suzanne: sue; theodore: ted theo teddy; theresa: terry tess; thomas: tom tommy; timothy: tim timmy;
victoria: vicky tori; vincent: vince vinny; virginia: ginny; walter: walt; william: bill will billy willy willie liam; zachary: zach zack
"""

SPELLINGS = """
aaron; abigail abby; adam; adele; adrian; adriana; agnes; ahmad ahmed; alan allan allen; albert; alberta; alexander;
alexandra; alice; alicia; alina; alison allison; allie; amy; ana ann anna anne; andre; andrea; angel; angela; angelo;
anita; ariel; arthur; ashley; audrey; austin; barry; beatrice; benny; bernard; bert; bessie; beth; betty; beverly;
bill; billy; blanca; bob; bobby; bonnie; brad; brandon; brenda; brian bryan; brianna; bruce; bruno; caleb; candy; carl
karl; carla karla; carlo; carlos; carmen; carol carole; carolina caroline carolyn; carrie; catherine katherine
kathryn; cecil; cecilia; chad; charles; charlotte; cheryl sheryl; chloe; christian; christina christine; cindy; clara
klara; clare claire; claude; claudia; claudio; cody; colin; connie; corey cory; craig; crystal; curt kurt; curtis;
dale; dana; dane; daniel; danielle; danny; darlene; dave; david; dawn; dean; deanna; deborah debra; denis dennis;
denise; derek; diana diane; diego; dolly; dominic; donna; donny; dora; doris; doug; duane; dustin; dylan; earl; edith;
edward; elena; elias; elisa; elisabeth elizabeth; ella; ellen; elmer; elsa; emma; enrique; eric erik; erica erika;
erin; ernest; ernesto; esther; ethan; eva; evan; evelyn; fabian; fanny; felix; fernando; flora; frances; francis;
frank; franz; fredrick frederick; gabriel; gabriela gabriella; gail; gary; geoffrey jeffrey; georg george; georgia;
gerard; gina; giovanni; gloria; grace; guy; hamad; hamid; hamida; hanna hannah; hannes; hans; harry; hazel; heather;
hector; heidi; helen helena; henri; henry; herman; hilda; holly; howard; ian; ida; ingrid; irene; iris; isaac; ivan;
ivana; jack; jaime jamie; jake; james; jan; jana; jane jayne; janice; jared; jason; javier; jay; jean jeanne; jenny;
jerry; jesse; jill; jim; jimmy; joan; joanna joanne; jodi jody; joel; johann johannes; johanna; johnny; jonathan;
jordan; jorge; joseph; josephine; joshua; joy; joyce; juan; juana; judy; jules; julia; julian; juliana; julie; julio;
june; justin; karen; karim; karima; kay; keith; kelly kelli kelley; ken; kenny; kerry; kevin; kim; kyle; lana; lara;
larry; laura; lauren; laurie lori; leah; lena; lenny; leon; leona; leslie lesley; lewis; liam; lillian; lily; linda;
lisa; lois; lola; loren; lorraine; louis; louisa louise luisa; luca lucas; lucia; lucy; luke; luna; lydia; lynn lynne;
maggie; mahmoud; mandy; manuela; mara; marcel; marcia; marco; marcos; marcus; maria; marian marion; marie; marilyn;
marina; mario; marjorie; mark marc; marlene; martha; martin; martina; marvin; mary; mateo; maurice; maya; megan; mia;
michael; michaela; michele michelle; miguel; mike; mila; mildred; mindy; miriam; mohamad mohammad mohammed muhammad;
molly; mona; monica monika; morgan; myra; nabil; nabila; nadia; naomi; nell; nicholas nicolas; nicole; nina; noah;
noel; noelle; nora; norma; norman; oliver; olivia; oscar; otto; pablo; paola; paolo paulo; patricia; patrick; paul;
paula; pauline; pedro; peggy; penny; perry; peter; petra; philip phillip; phyllis; polly; rachel; ralph; ramon; randy;
rashid; rashida; raul; rene; renee; richard; rita; robby; robert; roberta; roberto; robin robyn; roger; roland; roman;
ron; ronnie; rory; rosa rose; ross; roxanne; roy; ruben; ruby; rudy; russell; ruth; ryan; salim; salima; sally; samir;
samira; sammy; samuel; sandy; sara sarah; scott; sean shawn shaun; sergio; shane; sharon; sheila; shelly; sherry;
shirley; silvia sylvia; silvio; simon; simone; sofia sophia; sophie; stacy stacey; stella; stephanie; stephen steven;
stuart stewart; sue; tamara; tammy; tanya; tara; teresa theresa; terry; thelma; theo; thomas; tia; tiffany; tim
timothy; timmy; tina; toby; todd; tom; tommy; tracy tracey; travis; troy; tyler; uma; ursula; valentin; valentina;
valerie; vanessa; vera; vernon; veronica; vicki vicky; victor; victoria; vincent; viola; violet; vivian; wade; wanda;
warren; wayne; wendy; william; willie; willy; wilma; yolanda; zoe; أحمد احمد; حمد; محمد; محمود; سمير; سميرة;
александр; александра; валентин; валентина; валерий; валерия; виктор; виктория; евгений; евгения; иван; ивана; олег;
олеся
"""
"""Given names, each in the spellings that it has: two that are told apart here are two people's, however few letters differ."""


def _by_name() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in " ".join(_SHORT.split()).split("; "):
        given, _, short = entry.partition(": ")
        for name in (given, *short.split()):
            found.setdefault(name, set()).add(given)
    return {name: frozenset(given) for name, given in found.items()}


_GIVEN_NAMES = _by_name()


def spellings() -> list[tuple[str, ...]]:
    """Given names, each in its spellings."""
    return [tuple(entry.split()) for entry in SPELLINGS.split(";")]


def is_short(name: str) -> bool:
    """Whether a folded name stands for longer ones."""
    return name in _GIVEN_NAMES and name not in _GIVEN_NAMES[name]


def given_names(name: str) -> frozenset[str]:
    """The given names that a folded name may stand for: `bob` for robert, `alex` for two; any other name for itself alone."""
    return _GIVEN_NAMES.get(name) or frozenset((name,))
