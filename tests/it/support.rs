//! What the tests share: a small corpus in a temporary folder, the program run on it with a
//! deadline, and the engine on the shipped corpus.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use sahihi::config::Config;
use sahihi::corpus::{MESSAGE_IDS, day};
use sahihi::engine::{self, Engine};
use serde_json::Value;
use tempfile::TempDir;

/// Every field of a search reply that the contract names.
pub(crate) const REPLY_FIELDS: [&str; 14] = [
    "query_id",
    "decision",
    "reason",
    "confidence",
    "language",
    "answer",
    "candidates",
    "resources",
    "approaches",
    "tree",
    "referral",
    "excluded",
    "sample",
    "message",
];

/// The day every test lives on unless it says otherwise.
pub(crate) const TODAY: &str = "2026-11-22";
/// The last day the approvals of the small corpus hold.
pub(crate) const UNTIL: &str = "2030-12-31";
/// A command that is not done by then hangs.
const DEADLINE: Duration = Duration::from_secs(60);

const CORPUS: &str = r#"name = "Small"
sample = true
languages = ["en", "sw", "swc"]

[fallback]
swc = ["sw"]
"#;

const TOPICS: &str = r#"[[topics]]
id = "pills"
names = { en = "Pills", sw = "Vidonge" }

[[topics]]
id = "condoms"
names = { en = "Condoms", sw = "Kondomu" }
"#;

/// Amina may approve everything, Baraka Swahili only, Chen condoms only.
const REVIEWERS: &str = r#"[[reviewers]]
id = "amina"
role = "nurse"
languages = ["*"]
topics = ["*"]

[[reviewers]]
id = "baraka"
role = "translator"
languages = ["sw"]
topics = ["*"]

[[reviewers]]
id = "chen"
role = "doctor"
languages = ["*"]
topics = ["condoms"]
"#;

const PILLS: &str = r#"audience = ["client"]
related = ["B-01"]

[[sources]]
title = "A handbook"
publisher = "A publisher"
year = 2022
"#;

const PILLS_EN: &str = "+++
title: Missed pills
summary: What to do when you missed a pill
+++
# What do I do if I missed a pill?

- i forgot my pill yesterday
- missed two pills what now

---

Take one pill now. Then go on as usual.

Not sure? Ask a nurse.
";

const PILLS_SW: &str = "+++
title: Kusahau vidonge
summary: Cha kufanya ukisahau kidonge
+++
# Nifanye nini nikisahau kidonge?

- nimesahau kumeza kidonge jana
- sijameza vidonge siku mbili

---

Meza kidonge kimoja sasa. Kisha endelea kama kawaida.
";

const CONDOMS_EN: &str = "+++
title: Torn condom
summary: What to do when a condom tears
+++
# What do I do if the condom tears?

- the condom broke last night
- rubber burst during sex

---

Ask for the emergency pill within five days.
";

const CONDOMS_SW: &str = "+++
title: Kondomu imepasuka
summary: Cha kufanya kondomu ikipasuka
+++
# Nifanye nini kondomu ikipasuka?

- kondomu imepasuka usiku
- mpira ulipasuka tukifanya ngono

---

Omba kidonge cha dharura ndani ya siku tano.
";

/// What a finished command left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON on standard output ({error}): {self:#?}"))
    }
}

/// A folder with `corpus/` and `index/`.
#[derive(Debug)]
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// The small corpus, everything approved by Amina.
    pub(crate) fn approved() -> Self {
        static REVIEWS: OnceLock<Vec<(String, String)>> = OnceLock::new();
        let home = Self::unapproved();
        let reviews = REVIEWS.get_or_init(|| {
            let first = Self::unapproved();
            first.approve("amina", "all");
            ["reviews/amina.jsonl", "reviews/HEADS"]
                .map(|it| (it.to_owned(), first.read(it)))
                .into()
        });
        reviews.iter().for_each(|(path, text)| home.write(path, text));
        home
    }

    /// The small corpus without any approval.
    pub(crate) fn unapproved() -> Self {
        let home = Self { folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() };
        home.write("corpus.toml", CORPUS);
        home.write("topics.toml", TOPICS);
        home.write("reviewers.toml", REVIEWERS);
        home.write("entries/pills/A-01.toml", PILLS);
        home.write("entries/pills/A-01.en.md", PILLS_EN);
        home.write("entries/pills/A-01.sw.md", PILLS_SW);
        home.write("entries/condoms/B-01.toml", "tier = \"standard\"\n");
        home.write("entries/condoms/B-01.en.md", CONDOMS_EN);
        home.write("entries/condoms/B-01.sw.md", CONDOMS_SW);
        for lang in ["en", "sw"] {
            let text: String =
                MESSAGE_IDS.iter().map(|id| format!("{id} = \"{id} in {lang}\"\n")).collect();
            home.write(&format!("messages/{lang}.toml"), text);
        }
        home
    }

    /// A copy of the shipped corpus, with everything as it stands there approved once more.
    pub(crate) fn sample() -> Self {
        let home = Self { folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() };
        copy_folder(&shipped_corpus(), &home.corpus());
        home.approve("sample", "all");
        home
    }

    /// A path beside the corpus.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The folder the program runs in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn corpus(&self) -> PathBuf {
        self.folder.path().join("corpus")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    /// What the library is opened with.
    pub(crate) fn config(&self) -> Config {
        let today = day::parse(TODAY).unwrap();
        Config { corpus: self.corpus(), index: self.index(), ..Config::new(today) }
    }

    /// Writes a file of the corpus.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.corpus().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.corpus().join(path)).unwrap()
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.corpus().join(path)).unwrap();
    }

    /// Replaces a text that stands exactly once in a file.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "`{from}` must stand once in {path}");
        self.write(path, text.replace(from, to));
    }

    /// The program with its places set.
    pub(crate) fn command_on(&self, today: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sahihi"));
        command.current_dir(self.folder.path()).env("NO_COLOR", "1");
        command.args(["--corpus", "corpus", "--index", "index", "--today", today]).args(arguments);
        command
    }

    pub(crate) fn run_on(&self, today: &str, arguments: &[&str]) -> Done {
        finish(self.command_on(today, arguments))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_on(TODAY, arguments)
    }

    /// Approves units, which must work.
    pub(crate) fn approve(&self, by: &str, unit: &str) {
        let done = self.run(&["review", "approve", unit, "--by", by, "--until", UNTIL]);
        assert_eq!(done.code, Some(0), "{done:#?}");
    }

    /// Builds the index, which must work.
    pub(crate) fn build(&self) {
        let done = self.run(&["build"]);
        assert_eq!(done.code, Some(0), "{done:#?}");
    }

    /// The report of `check --json`.
    pub(crate) fn check(&self) -> Value {
        self.run(&["check", "--json"]).json()
    }

    /// File, line and code of every problem of files that begin so; not of translations that are
    /// not bound, as those of the fixtures are not.
    pub(crate) fn problems_in(&self, beginnings: &[&str]) -> Vec<(String, u64, String)> {
        let report = self.check();
        let all = report["problems"].as_array().unwrap().iter().map(|it| {
            let file = it["file"].as_str().unwrap().trim_start_matches("corpus/").to_owned();
            assert!(!it["help"].as_str().unwrap().is_empty(), "{it}");
            (file, it["line"].as_u64().unwrap(), it["code"].as_str().unwrap().to_owned())
        });
        all.filter(|(file, _, code)| {
            beginnings.iter().any(|it| file.starts_with(it)) && code != "translation-unbound"
        })
        .collect()
    }

    /// The engine on an index that is built now.
    pub(crate) fn engine(&self) -> Engine {
        engine::build(&self.config()).unwrap();
        Engine::open(&self.config()).unwrap()
    }

    /// The units that are not served, with the reasons.
    pub(crate) fn unserved(&self) -> Vec<(String, String)> {
        let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
        let report = self.check();
        let unserved = report["unserved"].as_array().unwrap();
        unserved.iter().map(|it| (text(it, "unit"), text(it, "reason"))).collect()
    }
}

/// How often something is tried that goes wrong at another moment each time: `few` in every run,
/// 100 times with `SLOW_TESTS=1`.
pub(crate) fn rounds(few: u32) -> u32 {
    if std::env::var_os("SLOW_TESTS").is_some() { 100 } else { few }
}

/// Runs a command to its end, or kills it at the deadline and fails.
pub(crate) fn finish(mut command: Command) -> Done {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    wait(child.unwrap(), &format!("{command:?}"))
}

/// Asks until it is as wanted; what is written beside an answer is there a little later.
pub(crate) fn until(what: &str, wanted: impl Fn() -> bool) {
    let start = Instant::now();
    while !wanted() {
        assert!(start.elapsed() < DEADLINE, "{what}");
        thread::yield_now();
    }
}

/// Waits for a child whose output is piped, at most until the deadline.
pub(crate) fn wait(mut child: Child, name: &str) -> Done {
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let (Ok(stdout), Ok(stderr)) = (stdout.recv_timeout(DEADLINE), stderr.recv_timeout(DEADLINE))
    else {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("not done after {DEADLINE:?}: {name}");
    };
    Done { code: child.wait().unwrap().code(), stdout, stderr }
}

fn collect(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks ends the output; what was read is what there is.
        drop(from.read_to_end(&mut bytes));
        drop(sender.send(String::from_utf8_lossy(&bytes).into_owned()));
    });
    receiver
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy_folder(&item.path(), &target);
        } else {
            fs::copy(item.path(), target).unwrap();
        }
    }
}

/// The folder of the shipped corpus.
pub(crate) fn shipped_corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The shipped corpus with its index, built once per run of the tests.
pub(crate) fn shipped_config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let index = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shipped-index");
        let today = day::parse(TODAY).unwrap();
        // The folder outlives the run, and the logs of another branch may be shorter.
        drop(fs::remove_file(index.join("served.json")));
        let config = Config { corpus: shipped_corpus(), index, ..Config::new(today) };
        engine::build(&config).expect("the shipped corpus builds");
        config
    })
}

/// The engine on the shipped corpus.
pub(crate) fn shipped() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::open(shipped_config()).expect("what was just built opens"))
}

/// An edit that makes a file bad: the file, what is replaced and by what; the line and the code of
/// the problem it makes.
pub(crate) type BadEdit<'a> = (&'a str, &'a str, &'a str, u64, &'a str);

/// Makes each edit in a corpus of its own and finds its problem.
pub(crate) fn each_is_told(
    edits: &[BadEdit<'_>],
    home: fn() -> Home,
    problems: fn(&Home) -> Vec<(String, u64, String)>,
) {
    for (file, from, to, line, code) in edits {
        let home = home();
        home.edit(file, from, to);
        let found = problems(&home);
        let wanted = ((*file).to_owned(), *line, (*code).to_owned());
        assert!(found.contains(&wanted), "{to:?}: wanted {wanted:?}, found {found:?}");
    }
}

/// Adds a tree to the small corpus: a root with three choices, one of them for managers, and the
/// node `pills` behind the first.
pub(crate) fn plant_tree(home: &Home) {
    home.write("tree/root.toml", ROOT);
    home.write("tree/root.en.md", ROOT_EN);
    home.write("tree/root.sw.md", ROOT_SW);
    home.write("tree/pills.toml", NODE);
    home.write(
        "tree/pills.en.md",
        "+++\ntitle: Pills\n+++\n# What happened?\n\n- missed: Missed\n",
    );
    home.write("tree/pills.sw.md", "+++\ntitle: Dawa\n+++\n# Imekuwaje?\n\n- missed: Nimesahau\n");
}

const ROOT: &str = r#"[[choices]]
id = "me"
to = "node:pills"

[[choices]]
id = "torn"
to = "entry:B-01"

[[choices]]
id = "staff"
to = "topic:condoms"
when = 'role == "manager"'
"#;

const ROOT_EN: &str = "+++
title: Start
summary: Where everybody begins
+++
# Who is it for?

- me: For me | I ask
- torn: It tore | The condom
- staff: For my staff

---

Choose one.
";

const ROOT_SW: &str = "+++
title: Mwanzo
summary: Wote wanaanza hapa
+++
# Swali ni la nani?

- me: Langu | Mimi
- torn: Imepasuka | Kondomu
- staff: La mradi

---

Chagua moja.
";

const NODE: &str = r#"topics = ["pills"]
audience = ["client"]

[[choices]]
id = "missed"
to = "entry:A-01"
"#;
