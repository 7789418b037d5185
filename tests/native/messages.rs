//! Sending messages: over HTTP services, over SMTP, and by the channel.

use std::{
    cell::{Cell, RefCell},
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    rc::Rc,
    thread,
};

use async_trait::async_trait;
use hanzo_iam::{
    core::{
        message::{Channel, Letter, Mailbox, Message, Recipient, Settings, service},
        secret::Secret,
        smtp::{Login, Server},
        time::UnixTime,
    },
    origin::messages::{HttpSender, Senders, SmtpSender},
    platform::native::{ManualClock, SeededRandom, Tcp},
    ports::{Http, HttpError, HttpRequest, HttpResponse, Messages},
};

const NOW: UnixTime = UnixTime(1_800_000_000);

fn email() -> Message {
    let letter = Letter::new("Sign in").paragraph(".a line that begins with a dot").code("123456");
    Message::of("signin", Recipient::email("a@b.example").unwrap(), "Your code", &letter)
}

fn sms() -> Message {
    let to = Recipient::phone("+49 170 1234567").unwrap();
    Message::of("signin", to, "Your code", &Letter::new("Hanzo").code("123456"))
}

/// A service that responds with that status.
#[derive(Default)]
struct Api {
    status: Cell<u16>,
    requests: RefCell<Vec<HttpRequest>>,
}

#[async_trait(?Send)]
impl Http for Api {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.borrow_mut().push(request);
        match self.status.get() {
            0 => Err(HttpError("unreachable".to_owned())),
            status => Ok(HttpResponse { status, content_type: String::new(), body: Vec::new() }),
        }
    }
}

fn over(api: &Rc<Api>, channel: Channel, name: &str, from: &str) -> Rc<dyn Messages> {
    let settings = Settings {
        from: from.to_owned(),
        account: "account".to_owned(),
        key: Secret::new("the-key".to_owned()),
        url: String::new(),
    };
    let (clock, random) = (Rc::new(ManualClock::at(NOW)), Rc::new(SeededRandom::new(1)));
    let api = Rc::clone(api) as _;
    let service = service(channel, name).unwrap();
    Rc::new(HttpSender::new(service, settings, api, clock, random).unwrap())
}

#[test]
fn a_message_goes_to_the_service_of_its_channel() {
    let api = Rc::new(Api::default());
    api.status.set(202);
    let senders = Senders {
        email: Some(over(&api, Channel::Email, "resend", "Hanzo <no-reply@hanzo.id>")),
        sms: Some(over(&api, Channel::Sms, "twilio", "+15550001")),
    };
    pollster::block_on(senders.send(&email())).unwrap();
    pollster::block_on(senders.send(&sms())).unwrap();
    let urls: Vec<String> =
        api.requests.borrow().iter().map(|request| request.url.clone()).collect();
    assert_eq!(
        urls,
        [
            "https://api.resend.com/emails",
            "https://api.twilio.com/2010-04-01/Accounts/account/Messages.json",
        ]
    );
    let body = String::from_utf8(api.requests.borrow()[1].body.clone()).unwrap();
    assert_eq!(body, "To=%2B491701234567&From=%2B15550001&Body=Hanzo%3A+123456");
}

#[test]
fn a_message_that_is_not_accepted_is_an_error_without_code_and_key() {
    let api = Rc::new(Api::default());
    let sender = over(&api, Channel::Email, "postmark", "no-reply@hanzo.id");
    for (status, why) in
        [(422, "messages: postmark: status 422"), (0, "messages: postmark: http: unreachable")]
    {
        api.status.set(status);
        assert_eq!(pollster::block_on(sender.send(&email())).unwrap_err().to_string(), why);
    }
    let only_email = Senders { email: Some(sender), sms: None };
    assert!(only_email.carries(Channel::Email) && !only_email.carries(Channel::Sms));
    assert!(pollster::block_on(only_email.send(&sms())).is_err());
    assert_eq!(api.requests.borrow().len(), 2);
}

/// A server of one connection, which takes a login and returns what it was sent, with the transparency
/// of RFC 5321 §4.5.2 undone. `refused`: the command that it answers with 550.
fn server(refused: &'static str) -> (u16, thread::JoinHandle<(Vec<String>, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut output = stream.try_clone().unwrap();
        let mut commands = Vec::new();
        let mut content = String::new();
        output.write_all(b"220 test\r\n").unwrap();
        let mut lines = BufReader::new(stream).lines();
        while let Some(Ok(line)) = lines.next() {
            let verb = line.split(' ').next().unwrap().to_owned();
            commands.push(line);
            let reply: &str = match verb.as_str() {
                verb if verb == refused => "550 5.7.1 not here\r\n",
                "EHLO" => "250-test\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN\r\n",
                "AUTH" => "235 ok\r\n",
                "DATA" => {
                    output.write_all(b"354 go\r\n").unwrap();
                    for line in lines.by_ref().map(Result::unwrap) {
                        if line == "." {
                            break;
                        }
                        content += line.strip_prefix('.').unwrap_or(&line);
                        content += "\r\n";
                    }
                    "250 queued\r\n"
                }
                "QUIT" => break,
                _ => "250 ok\r\n",
            };
            output.write_all(reply.as_bytes()).unwrap();
        }
        (commands, content)
    });
    (port, served)
}

fn smtp(port: u16) -> SmtpSender {
    let login = Login { name: "hanzo".to_owned(), password: Secret::new("pass".to_owned()) };
    SmtpSender {
        server: Server::parse(&format!("smtp://127.0.0.1:{port}"), Some(login)).unwrap(),
        from: Mailbox::parse("Hanzo <no-reply@hanzo.id>").unwrap(),
        sockets: Rc::new(Tcp),
        clock: Rc::new(ManualClock::at(NOW)),
        random: Rc::new(SeededRandom::new(1)),
    }
}

#[test]
fn an_email_is_submitted_over_smtp() {
    let (port, served) = server("");
    pollster::block_on(smtp(port).send(&email())).unwrap();
    let (commands, content) = served.join().unwrap();
    assert_eq!(
        commands,
        [
            "EHLO hanzo.id",
            "AUTH PLAIN AGhhbnpvAHBhc3M=",
            "MAIL FROM:<no-reply@hanzo.id>",
            "RCPT TO:<a@b.example>",
            "DATA",
            "QUIT",
        ]
    );
    assert!(content.contains("Subject: Your code\r\n") && content.contains("\r\nCode: 123456\r\n"));
    assert!(content.contains("\r\n.a line that begins with a dot\r\n"), "{content}");
}

#[test]
fn an_email_that_the_server_refuses_is_an_error_that_says_why() {
    let (port, served) = server("RCPT");
    let error = pollster::block_on(smtp(port).send(&email())).unwrap_err().to_string();
    assert_eq!(error, "messages: smtp: RCPT was refused: 550 5.7.1 not here");
    assert!(!served.join().unwrap().0.iter().any(|command| command == "DATA"));
    assert!(pollster::block_on(smtp(port).send(&sms())).is_err());
}

/// The native connection has no TLS, and a server of the Internet gets nothing without.
#[test]
fn a_server_of_the_internet_is_not_sent_to_without_tls() {
    let mut sender = smtp(1);
    sender.server = Server::parse("smtps://127.0.0.1:1", None).unwrap();
    let error = pollster::block_on(sender.send(&email())).unwrap_err().to_string();
    assert!(error.contains("TLS"), "{error}");
}
