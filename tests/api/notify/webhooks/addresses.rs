//! Nobody reaches through the service what they cannot reach themselves: neither by a spelling, nor by
//! a name that changes its mind, nor by a redirect.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mentorship::notify::webhook::{AllowedAddresses, WebhookClient};
use mentorship::vault::{Address, Bound, Owner};
use serde_json::json;

use super::receiver::Receiver;
use super::{Hook, admin, deliver, hook, made, near};
use crate::harness::{Setup, TestApp};

/// Ways to write an address of this machine, of a private network or of nobody.
const SPELLINGS: &[&str] = &[
    // Of this machine
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0X7F.0.0.1/",
    "https://0177.0.0.1/",
    "https://0177.0x0.0.1/",
    "https://00000177.0.0.01/",
    "https://0x7f.1/",
    "https://%31%32%37.0.0.1/",
    "https://127%2e0%2e0%2e1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://00000000000/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://hooks.localhost/",
    "https://%6cocalhost/",
    "https://localhost:8443/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[0000::0001]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:7f00:0001]/",
    "https://[::127.0.0.1]/",
    "https://[::7f00:1]/",
    // In other digits and dots: the parser makes plain ones of them, if they get that far
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
    "https://ｌｏｃａｌｈｏｓｔ/",
    // Of private networks
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://167772161/",
    "https://0xa.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://192.168.257/",
    "https://0300.0250.0.1/",
    "https://3232235521/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    // Whoever hands out credentials in clouds
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://100.100.100.200/",
    "https://192.0.0.192/",
    "https://168.63.129.16/",
    // Version 4 inside version 6
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001::1]/",
    "https://[::ffff:0:127.0.0.1]/",
    // Shared, reserved, for documentation, for benchmarks, to many
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.255.255.255/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://4294967295/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
];

/// Addresses that are wrong in another way.
const STRANGE: &[&str] = &[
    "http://hooks.example.com/",
    "https://hooks.example.com:80/",
    "https://hooks.example.com:8080/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:65536/",
    "https://ada@hooks.example.com/",
    "https://ada:secret@hooks.example.com/",
    "https://hooks.example.com@127.0.0.1/",
    "https://127.0.0.1:443\\@hooks.example.com/",
    "https://127.0.0.1#@hooks.example.com/",
    "https:///127.0.0.1/",
    "https:127.0.0.1",
    "https://",
    "//127.0.0.1/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_",
    "javascript:alert(1)",
    "https://999.999.999.999/",
    "https://1.2.3.4.5/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "hooks.example.com",
    " https://127.0.0.1/",
    "https://127.0.0.1\t/",
    "https://127.0.0.1\r\nhost: hooks.example.com/",
];

async fn point(app: &TestApp, hook: &Hook, url: &str) {
    let id: uuid::Uuid = hook.id.parse().expect("an id");
    let mut tx = app.db.write().await.expect("a unit of work");
    let (revision,) =
        tx.query("select url_revision from webhooks where id = $1").bind(id).one().await.expect("a webhook");
    let Owner { scope_id, author_id } = Owner::SERVICE;
    let bound = Bound { scope_id, author_id: Some(author_id), around: [uuid::Uuid::nil(); 4], revision };
    let place = Address { table: "webhooks", row: id, column: "url", tier: "never_shared", bound };
    let key = tx.key_of(Owner::SERVICE).await.expect("the service's key");
    let url = key.seal(serde_json::to_vec(url).expect("JSON"), place);
    tx.query("update webhooks set url = $2 where id = $1").bind(id).bind(url).run().await.expect("it is set");
    tx.commit().await.expect("it commits");
}

/// No spelling gets in, neither when a webhook is made nor when it is changed.
#[apply(on_both_engines!)]
async fn addresses_that_are_not_public_are_refused(app: TestApp) {
    assert!(SPELLINGS.len() >= 80);
    let admin = admin(app).await;
    let hook = hook(&admin, "https://hooks.example.com/", &["pairs:read"]).await;
    for url in SPELLINGS.iter().chain(STRANGE) {
        let made = admin.post("/v1/webhooks", json!({"url": url, "scopes": ["pairs:read"]})).await;
        assert_eq!((made.status, &made.body["code"]), (422, &json!("invalid_value")), "{url}: {}", made.body);
        made.points_at("/url");
        admin.patch(&hook.path, json!({"url": url})).await.problem(422, "invalid_value").points_at("/url");
    }
    admin.get("/v1/webhooks?count=exact").await.ok().has("/total", 1).has("/items/0/url", "https://hooks.example.com/");
}

/// Nor does what got past that, or was fine under another setting.
#[apply(on_both_engines!)]
async fn addresses_that_are_not_public_are_not_called(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, "https://hooks.example.com/", &["pairs:read"]).await;
    for url in SPELLINGS.iter().chain(STRANGE).copied().chain([receiver.url.as_str()]) {
        point(app, &hook, url).await;
        admin.post(&format!("{}/test", hook.path), json!({})).await.ok();
        deliver(app).await;
        let tried = &hook.deliveries(&admin).await[0];
        assert_eq!(
            (&tried["status"], &tried["last_error"]),
            (&json!("dead"), &json!("the address of the webhook is not allowed")),
            "{url}"
        );
    }
    assert!(receiver.take().is_empty());
}

/// Answers to every question with these addresses, and counts the questions.
fn told(addresses: &'static [&'static str]) -> (Setup, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let webhook_client = WebhookClient::resolving_by(AllowedAddresses::Public, move |_| {
        // Each time the first of them moves to the end: a name that changes its mind.
        let turn = count.fetch_add(1, Ordering::SeqCst);
        let (later, first) = addresses.split_at(turn % addresses.len());
        let found = first.iter().chain(later).map(|ip| SocketAddr::new(ip.parse().expect("an address"), 0)).collect();
        std::future::ready(Ok(found))
    });
    (Setup { webhook_client: Some(webhook_client.expect("a client")), ..Setup::default() }, asked)
}

/// A name of which one address is not public is not called at all, whichever comes first; and it is
/// looked up once for each call, so that it cannot change its mind in between.
#[actix_web::test]
async fn names_of_private_addresses_are_not_called() {
    for addresses in [
        &["127.0.0.1"][..],
        &["::1"],
        &["169.254.169.254"],
        &["::ffff:10.0.0.1"],
        &["8.8.8.8", "127.0.0.1"],
        &["2606:4700:4700::1111", "fd00::1"],
    ] {
        let (setup, asked) = told(addresses);
        let app = TestApp::on_sqlite_with(setup).await;
        let admin = admin(&app).await;
        let hook = hook(&admin, "https://rebind.example.com:8443/", &["pairs:read"]).await;
        for turn in 1..=2 {
            admin.post(&format!("{}/test", hook.path), json!({})).await.ok();
            deliver(&app).await;
            assert_eq!(asked.load(Ordering::SeqCst), turn, "{addresses:?}");
            let tried = &hook.deliveries(&admin).await[0];
            assert_eq!(
                tried["last_error"], "the host name of the webhook has an address that is not allowed",
                "{addresses:?}"
            );
        }
        app.stop().await;
    }
}

/// Who answers that it is elsewhere is not followed there.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn redirects_are_not_followed(app: TestApp) {
    let (receiver, other, admin) = (Receiver::start(), Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    for status in [301, 302, 303, 307, 308] {
        receiver.reply_with(status, "location", &other.url);
        admin.post(&format!("{}/test", hook.path), json!({})).await.ok();
        deliver(app).await;
        assert_eq!(receiver.take().len(), 1);
        assert_eq!(hook.deliveries(&admin).await[0]["last_error"], format!("the receiver answered {status}"));
    }
    assert!(other.take().is_empty());
}

/// On a laptop any port of any address is fine, by http; a password in an address is not.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn on_a_laptop_anything_goes_but_passwords(app: TestApp) {
    let admin = admin(app).await;
    for url in ["http://localhost:3000/", "http://10.0.0.1/", "https://[::1]:9000/"] {
        let body = json!({"url": url, "scopes": ["pairs:read"]});
        made(&admin.post("/v1/webhooks", body).await.created());
    }
    let body = json!({"url": "http://ada:secret@localhost/", "scopes": ["pairs:read"]});
    admin.post("/v1/webhooks", body).await.problem(422, "invalid_value").points_at("/url");
}
