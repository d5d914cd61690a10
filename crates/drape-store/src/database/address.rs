//! Addresses of databases: a file of SQLite, or a MySQL or MariaDB server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the rows are.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// In a file of this name, made where there is none.
    Sqlite(PathBuf),
    /// On a MySQL or MariaDB server.
    MySql(Url),
}

/// Address of a server with a password in it: shown without.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

/// Why an address of a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDatabase {
    /// Neither `sqlite:` nor `mysql://`.
    #[error("write sqlite:FILE or mysql://USER:PASSWORD@HOST/DATABASE")]
    Scheme,
    /// No name of a database at the end.
    #[error("the name of a database is missing: mysql://USER:PASSWORD@HOST/DATABASE")]
    Name,
}

impl Url {
    /// The whole address; for connecting only.
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
            // A password and photos' owners do not cross a network in the clear unless somebody says so.
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
