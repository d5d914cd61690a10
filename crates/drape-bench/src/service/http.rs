//! The minimum of HTTP/1.1 that a load generator needs: one open connection, one request at a time, so that
//! the measured programs have the cores.

use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest wait for any answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// One connection to a server on this machine.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Header lines as they came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 << 10) })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        tokio::time::timeout(PATIENCE, self.ask_patiently(request)).await.map_err(Error::other)?
    }

    async fn ask_patiently(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        let head = self.head().await?;
        let status = status(&head)?;
        let body = match header(&head, "content-length").and_then(|v| v.parse::<usize>().ok()) {
            Some(length) => {
                while self.buffer.len() < length {
                    self.more().await?;
                }
                let rest = self.buffer.split_off(length);
                std::mem::replace(&mut self.buffer, rest)
            }
            None if header(&head, "transfer-encoding").is_some() => self.chunks().await?,
            None => Vec::new(),
        };
        Ok(Answer { status, head, body })
    }

    /// Sends a request whose answer is a stream, and reads its head.
    pub(crate) async fn follow(mut self, request: &[u8]) -> Result<Events> {
        self.stream.write_all(request).await?;
        let head = self.head().await?;
        match status(&head)? {
            200 => Ok(Events { connection: self, text: Vec::new() }),
            other => Err(Error::other(format!("the stream was answered {other}"))),
        }
    }

    async fn head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                let rest = self.buffer.split_off(end + 4);
                let head = std::mem::replace(&mut self.buffer, rest);
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.more().await?;
        }
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The next chunk of a chunked answer; `None` after the last.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        let line = loop {
            match self.buffer.windows(2).position(|w| w == b"\r\n") {
                Some(end) => break end,
                None => self.more().await?,
            }
        };
        let size = String::from_utf8_lossy(&self.buffer[..line]).into_owned();
        let size = usize::from_str_radix(size.trim(), 16).map_err(Error::other)?;
        while self.buffer.len() < line + 2 + size + 2 {
            self.more().await?;
        }
        let rest = self.buffer.split_off(line + 2 + size + 2);
        let whole = std::mem::replace(&mut self.buffer, rest);
        Ok((size > 0).then(|| whole[line + 2..line + 2 + size].to_vec()))
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(Error::from(ErrorKind::UnexpectedEof));
        }
        Ok(())
    }
}

/// Server-sent events as they come.
pub(crate) struct Events {
    connection: Connection,
    text: Vec<u8>,
}

impl Events {
    /// Waits for at least one event and returns all that have arrived.
    pub(crate) async fn next(&mut self) -> Result<String> {
        loop {
            let chunk = self.connection.chunk().await?;
            self.text.extend_from_slice(&chunk.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?);
            if let Some(end) = self.text.windows(2).rposition(|w| w == b"\n\n") {
                let rest = self.text.split_off(end + 2);
                let whole = std::mem::replace(&mut self.text, rest);
                return Ok(String::from_utf8_lossy(&whole).into_owned());
            }
        }
    }
}

/// A request with a JSON body and, if given, a token.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let token = token.map_or_else(String::new, |t| format!("authorization: Bearer {t}\r\n"));
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{token}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A form with a photo and the consent box ticked.
pub(crate) fn upload(path: &str, token: &str, photo: &[u8]) -> Vec<u8> {
    let head = "--edge\r\ncontent-disposition: form-data; name=\"consent\"\r\n\r\non\r\n\
                --edge\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"photo\"\r\n\r\n";
    let tail = "\r\n--edge--\r\n";
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
         content-type: multipart/form-data; boundary=edge\r\ncontent-length: {}\r\n\r\n{head}",
        head.len() + photo.len() + tail.len()
    )
    .into_bytes();
    request.extend_from_slice(photo);
    request.extend_from_slice(tail.as_bytes());
    request
}

/// The value of a header (name in lower case).
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn status(head: &str) -> Result<u16> {
    let word = head.split(' ').nth(1).and_then(|w| w.parse().ok());
    word.ok_or_else(|| Error::other("not an HTTP answer"))
}
