//! `drape health`: asks a running server whether it lives, so that images and scripts need no other program.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use clap::Args;

use crate::failure::Failure;
use crate::lang::Lang;
use crate::terminal;

/// Most that is read of an answer, bytes.
const LONGEST: u64 = 64 * 1024;

#[derive(Args)]
#[command(after_help = "Exit code 0: the answer was 2xx; 1: another answer, or none.")]
pub(crate) struct HealthArgs {
    /// What to ask, http only [default: /healthz of the server that --listen names]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Ask /readyz: whether it also has its database and is not stopping
    #[arg(long, conflicts_with = "url")]
    ready: bool,
    /// Address that the server listens on
    #[arg(long, env = "DRAPE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Seconds to wait for an answer
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
}

pub(crate) fn run(args: &HealthArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    let path = if args.ready { "/readyz" } else { "/healthz" };
    let url = args.url.clone().unwrap_or_else(|| format!("http://{}{path}", reachable(args.listen)));
    let (host, path) = parts(&url).ok_or_else(|| {
        Failure::input(language.pick(
            format!("--url {url}: http://127.0.0.1:8080/healthz처럼 적어 주세요."),
            format!("--url {url}: write an address like http://127.0.0.1:8080/healthz."),
        ))
    })?;
    let answer = ask(&host, &path, Duration::from_secs(args.timeout)).map_err(|e| {
        Failure::internal(
            language.pick(format!("{url}: 응답이 없어요. ({e})"), format!("{url}: no answer ({e}).")),
        )
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        return Err(Failure::internal(format!("{url}: {status} {}", body.trim())));
    }
    terminal::say(body.trim());
    Ok(())
}

/// The address at which a server that listens on all addresses is reached from its own machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// `host:port` and path of a URL.
fn parts(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
    let plain = !host.is_empty() && url.chars().all(|c| c.is_ascii_graphic()) && !host.contains('@');
    let port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let host = if port { host.to_owned() } else { format!("{host}:80") };
    plain.then(|| (host, format!("/{path}")))
}

fn ask(host: &str, path: &str, timeout: Duration) -> std::io::Result<String> {
    let mut last = std::io::Error::other("no address");
    for address in host.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(mut stream) => {
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))?;
                // With HTTP/1.0 the answer is not chunked, and ends with the connection.
                write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
                let mut answer = Vec::new();
                stream.take(LONGEST).read_to_end(&mut answer)?;
                return Ok(String::from_utf8_lossy(&answer).into_owned());
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
