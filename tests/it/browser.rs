//! The chat page in a real browser, Debian's Chromium, driven over `WebDriver`:
//!
//! 1. a conversation with the keyboard alone, on a telephone and on a desk;
//! 2. buttons, the drawer with the reasons, links with a question, the switch of language;
//! 3. Arabic runs from right to left;
//! 4. a server that asks for a key gets it from the page, for as long as the tab is open;
//! 5. nothing is wider than the window, and nothing is loaded from elsewhere.
//!
//! Needs the packages `chromium` and `chromium-driver`, which tests/run.sh installs; without them
//! these tests fail. `SCREENSHOTS=DIR` keeps a picture of every view.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use crate::connection::{Server, shipped_server};
use crate::support::Home;

const PHONE: (u32, u32) = (390, 780);
const DESK: (u32, u32) = (1_280, 900);
const WITHIN: Duration = Duration::from_secs(30);

/// A driver of the browser, killed when dropped.
struct Driver {
    child: Child,
    port: String,
}

impl Driver {
    fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("chromedriver runs: install chromium-driver");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let port = line.split("on port ").nth(1)?.trim_end_matches('.').to_owned();
            port.bytes().all(|it| it.is_ascii_digit()).then_some(port).filter(|it| it != "0")
        });
        thread::spawn(move || lines.for_each(drop));
        Self { child, port: port.expect("chromedriver says where it listens") }
    }

    async fn open(&self, (width, height): (u32, u32)) -> Client {
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--force-device-scale-factor=1".to_owned(),
            format!("--window-size={width},{height}"),
        ];
        // The sandbox refuses to work for root, who runs the tests in CI.
        if std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0) {
            arguments.push("--no-sandbox".to_owned());
        }
        let mut options = json!({ "args": arguments });
        if width < 500 {
            options["mobileEmulation"] =
                json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1.0 } });
        }
        let capabilities = json!({ "goog:chromeOptions": options });
        let capabilities = capabilities.as_object().unwrap().clone();
        let mut builder =
            ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities);
        builder.connect(&format!("http://127.0.0.1:{}", self.port)).await.expect("a browser opens")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs a view of the page and closes the browser, also when it fails.
fn view<F: Future<Output = ()>>(size: (u32, u32), path: &str, see: impl FnOnce(Client) -> F) {
    view_of(&shipped_server(), size, path, see);
}

/// The same on a server of its own.
fn view_of<F: Future<Output = ()>>(
    server: &Server,
    size: (u32, u32),
    path: &str,
    see: impl FnOnce(Client) -> F,
) {
    let driver = Driver::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let page = driver.open(size).await;
        page.goto(&server.url(path)).await.unwrap();
        see(page.clone()).await;
        nothing_is_too_wide(&page).await;
        nothing_comes_from_elsewhere(&page, server).await;
        page.close().await.unwrap();
    });
}

async fn run(page: &Client, script: &str) -> Value {
    page.execute(script, Vec::new()).await.unwrap()
}

async fn nothing_is_too_wide(page: &Client) {
    let script = "return [document.documentElement.scrollWidth, window.innerWidth]";
    let widths = run(page, script).await;
    assert!(widths[0].as_u64() <= widths[1].as_u64(), "wider than the window: {widths}");
}

async fn nothing_comes_from_elsewhere(page: &Client, server: &Server) {
    let script = "return performance.getEntriesByType('resource').map((it) => it.name)";
    let loaded = run(page, script).await;
    let here = server.url("/");
    for url in loaded.as_array().unwrap() {
        assert!(url.as_str().unwrap().starts_with(&here), "loaded from elsewhere: {url}");
    }
}

/// Waits until there are `n` replies, and gives the kind of the last.
async fn replies(page: &Client, n: usize) -> String {
    let script =
        "return [...document.querySelectorAll('section[data-kind]')].map((it) => it.dataset.kind)";
    let wait = page.wait().at_most(WITHIN).every(Duration::from_millis(50));
    let xpath = format!("(//section[@data-kind])[{n}]");
    wait.for_element(Locator::XPath(&xpath)).await.expect("a reply appears");
    let kinds = run(page, script).await;
    assert_eq!(kinds.as_array().unwrap().len(), n, "{kinds}");
    kinds[n - 1].as_str().unwrap().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "pictures are asked for in the environment")]
async fn picture(page: &Client, name: &str) {
    let Ok(folder) = std::env::var("SCREENSHOTS") else { return };
    let png = page.screenshot().await.unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(Path::new(&folder).join(format!("{name}.png")), png).unwrap();
}

/// Types into whatever has the focus.
async fn type_here(page: &Client, text: &str) {
    page.active_element().await.unwrap().send_keys(text).await.unwrap();
}

async fn enter(page: &Client, text: &str) {
    let enter = char::from(Key::Enter);
    type_here(page, &format!("{text}{enter}")).await;
}

async fn with_the_keyboard_alone(page: Client, name: &str) {
    assert_eq!(replies(&page, 1).await, "tree");
    picture(&page, &format!("{name}-begin")).await;
    enter(&page, "how do i take the combined pill every day").await;
    let kind = replies(&page, 2).await;
    assert!(["answer", "clarify"].contains(&kind.as_str()), "{kind}");
    picture(&page, &format!("{name}-{kind}")).await;
    enter(&page, "1").await;
    replies(&page, 3).await;
    // From the field back to the last button of the reply, and press it.
    let shift_tab = format!("{}{}", char::from(Key::Shift), char::from(Key::Tab));
    type_here(&page, &shift_tab).await;
    let focus = run(&page, "return document.activeElement.dataset.choice || null").await;
    assert!(focus.is_string(), "the last button has the focus, not {focus}");
    type_here(&page, &char::from(Key::Enter).to_string()).await;
    replies(&page, 4).await;
    let focus = run(&page, "return document.activeElement.id").await;
    assert_eq!(focus, "question", "the field has the focus again");
    let banner = run(&page, "return document.getElementById('sample').hidden").await;
    assert_eq!(banner, false, "the sample says that it is one");
    picture(&page, &format!("{name}-end")).await;
}

#[test]
fn a_conversation_on_a_telephone_with_the_keyboard_alone() {
    view(PHONE, "/", async |page| with_the_keyboard_alone(page, "phone").await);
}

#[test]
fn a_conversation_on_a_desk_with_the_keyboard_alone() {
    view(DESK, "/", async |page| with_the_keyboard_alone(page, "desk").await);
}

#[test]
fn a_link_carries_a_question_and_the_answer_says_why() {
    view(DESK, "/#q=my%20husband%20beats%20me", async |page| {
        assert_eq!(replies(&page, 1).await, "urgent");
        picture(&page, "desk-urgent").await;
    });
    view(PHONE, "/#q=nimesahau%20kumeza%20vidonge%20siku%20mbili", async |page| {
        let mut kind = replies(&page, 1).await;
        let mut n_replies = 1;
        while kind != "answer" && n_replies < 4 {
            enter(&page, "1").await;
            n_replies += 1;
            kind = replies(&page, n_replies).await;
        }
        assert_eq!(kind, "answer");
        let lang = run(&page, "return document.documentElement.lang").await;
        assert_eq!(lang, "sw");
        let summary = page.find(Locator::Css("details.why summary")).await.unwrap();
        run(&page, "document.querySelector('summary').scrollIntoView({ block: 'center' })").await;
        summary.click().await.unwrap();
        let wait = page.wait().at_most(WITHIN);
        wait.for_element(Locator::Css(".numbers p")).await.expect("the drawer is filled");
        let told = run(&page, "return document.querySelector('.numbers').textContent").await;
        assert!(told.as_str().unwrap().contains("PIL-"), "{told}");
        picture(&page, "phone-why").await;
    });
}

#[test]
fn arabic_runs_from_right_to_left() {
    for (size, name) in [(PHONE, "phone"), (DESK, "desk")] {
        view(size, "/", async |page| {
            replies(&page, 1).await;
            let switch = page.find(Locator::Css("#language")).await.unwrap();
            page.wait()
                .at_most(WITHIN)
                .for_element(Locator::Css("#language option[value=ar]"))
                .await
                .expect("the languages are there");
            switch.select_by_value("ar").await.unwrap();
            replies(&page, 2).await;
            let dir = run(&page, "return getComputedStyle(document.body).direction").await;
            assert_eq!(dir, "rtl");
            let button = run(
                &page,
                "const all = document.querySelectorAll('.choices button');
                 const number = all[0].querySelector('.number').getBoundingClientRect();
                 const title = all[0].querySelector('.title').getBoundingClientRect();
                 return number.left > title.left",
            )
            .await;
            assert_eq!(button, true, "the number stands at the right of the title");
            picture(&page, &format!("{name}-arabic")).await;
            enter(&page, "كيف أتناول حبوب منع الحمل").await;
            replies(&page, 3).await;
            picture(&page, &format!("{name}-arabic-question")).await;
        });
    }
}

#[test]
fn a_key_is_asked_for_once_and_lasts_as_long_as_the_tab() {
    let home = Home::approved();
    let made = home.run(&["keys", "create", "page", "--json"]);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let server = Server::on(home);
    view_of(&server, PHONE, "/", async |page| {
        let shown = Locator::Css("#access:not([hidden])");
        let wait = || page.wait().at_most(WITHIN);
        wait().for_element(shown).await.expect("the key is asked for");
        picture(&page, "phone-key").await;
        enter(&page, "no-such-key").await;
        wait().for_element(shown).await.expect("a wrong key is asked for again");
        run(&page, "document.getElementById('key').value = ''").await;
        enter(&page, &token).await;
        assert_eq!(replies(&page, 1).await, "tree");
        let hidden = run(&page, "return document.getElementById('access').hidden").await;
        assert_eq!(hidden, true, "the field is gone");
        page.refresh().await.unwrap();
        assert_eq!(replies(&page, 1).await, "tree", "the tab remembers it");
        let kept = run(&page, "return Object.keys(localStorage).length").await;
        assert_eq!(kept, 0, "and nobody else does");
    });
}
