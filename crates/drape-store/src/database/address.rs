//! Addresses of databases: a file of SQLite, or a MySQL or MariaDB server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a store has its rows.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// In a file, which is created if it is missing.
    Sqlite(PathBuf),
    /// On a MySQL or MariaDB server.
    MySql(Url),
}

/// Address of a database server. It may hold a password, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

/// Why a text is no address of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDatabase {
    /// It begins with neither `sqlite:` nor `mysql://`.
    #[error("write sqlite:FILE or mysql://USER:PASSWORD@HOST/DATABASE")]
    Scheme,
    /// It lacks the name of a database.
    #[error("the name of a database is missing: mysql://USER:PASSWORD@HOST/DATABASE")]
    Name,
}

impl Url {
    /// The whole address, for connecting.
    pub(crate) fn with_password(&self) -> &str {
        &self.0
    }
}

impl FromStr for Database {
    type Err = BadDatabase;

    fn from_str(text: &str) -> Result<Self, BadDatabase> {
        if let Some(file) = text.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            return if file.is_empty() { Err(BadDatabase::Scheme) } else { Ok(Self::Sqlite(file.into())) };
        }
        let rest = text.strip_prefix("mysql://").or_else(|| text.strip_prefix("mariadb://"));
        let rest = rest.ok_or(BadDatabase::Scheme)?;
        let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (server, name) = address.split_once('/').ok_or(BadDatabase::Name)?;
        if name.is_empty() || server.is_empty() {
            return Err(BadDatabase::Name);
        }
        let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
        let here = ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|h| host.strip_prefix(h).is_some_and(|port| port.is_empty() || port.starts_with(':')));
        let mut url = format!("mysql://{address}");
        if !options.is_empty() {
            url.push('?');
            url.push_str(options);
        }
        if !here && !options.contains("ssl-mode=") {
            // Passwords and personal data cross a network only encrypted, unless the operator says otherwise.
            url.push(if options.is_empty() { '?' } else { '&' });
            url.push_str("ssl-mode=REQUIRED");
        }
        Ok(Self::MySql(Url(url)))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.display()),
            Self::MySql(url) => url.fmt(f),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.0.strip_prefix("mysql://").unwrap_or(&self.0);
        let rest = rest.split('?').next().unwrap_or(rest);
        match rest.rsplit_once('@') {
            Some((user, host)) => write!(f, "mysql://{}@{host}", user.split(':').next().unwrap_or("")),
            None => write!(f, "mysql://{rest}"),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
