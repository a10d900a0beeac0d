//! From which address a request comes, and whether it came in confidence.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, web};

use super::error::Failure;
use crate::domain::network::Network;

/// How requests reach this process. Application data; without it nobody's word is taken.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    /// The proxies that are believed in what they say of whom a request comes from.
    pub trusted: Vec<Network>,
    /// Whether this process has a certificate of its own.
    pub tls: bool,
    /// The address people use, without a slash at the end.
    pub base_url: String,
}

/// Where a request came from, as far as it can be known.
struct Origin {
    /// The person's machine; none where a proxy says something that is no address.
    ip: Option<IpAddr>,
    /// How many proxies of ours it came through.
    hops: usize,
}

impl Transport {
    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.holds(address))
    }

    /// Walks back from the machine that connected to us, as long as it is a proxy of ours that says who connected to
    /// it. Whatever stands before that, anybody can have written.
    fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> Origin {
        let lines: Vec<&str> = texts(headers, "x-forwarded-for").collect();
        let mut said = lines.iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim);
        let (mut ip, mut hops) = (peer, 0);
        while self.trusts(ip) {
            let Some(before) = said.next() else { break };
            hops += 1;
            match address(before) {
                Some(before) => ip = before,
                None => return Origin { ip: None, hops },
            }
        }
        Origin { ip: Some(ip), hops }
    }

    /// Whether nobody between the person and us, our own proxies aside, could read the request.
    fn is_confidential(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
        let Some(peer) = peer else { return true };
        if !self.trusts(peer) {
            return self.tls || peer.is_loopback();
        }
        let lines: Vec<&str> = texts(headers, "x-forwarded-proto").collect();
        let said: Vec<&str> =
            lines.iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim).collect();
        // Each proxy tells of the connection to it: the one that counts is the outermost of ours.
        let hop = self.origin(peer, headers).hops.saturating_sub(1).min(said.len().max(1) - 1);
        said.get(hop).is_none_or(|scheme| scheme.eq_ignore_ascii_case("https"))
    }

    /// Why a request is not answered as it came: it travelled in clear.
    fn refusal(&self, request: &ServiceRequest) -> Option<Failure> {
        let peer = peer(request.request());
        // Those who look after the machines ask from inside, and are told nothing that matters.
        let is_probe = matches!(request.path(), "/healthz" | "/readyz");
        if is_probe || self.is_confidential(peer, request.headers()) {
            return None;
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        // A site without an https address is one to be tried on this machine: there is nowhere better to go.
        let at_home = !self.base_url.starts_with("https://");
        match peer.is_some_and(|peer| self.trusts(peer)) {
            true if at_home => None,
            _ if at_home || !reads => Some(Failure::InClear),
            _ => {
                let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                // A path alone: what else a request line may hold would lead elsewhere.
                let path = if path.starts_with('/') { path } else { "/" };
                Some(Failure::Moved(format!("{}{path}", self.base_url)))
            }
        }
    }
}

fn texts<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    // What is not text is no address and no scheme.
    headers.get_all(name).map(|line| line.to_str().unwrap_or("?"))
}

/// An address as proxies write it, some with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().ok();
    let ip = ip.or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

fn peer(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|address| address.ip().to_canonical())
}

/// The address of the person's machine; none where a proxy says something that is no address.
#[must_use]
pub fn ip(request: &HttpRequest) -> Option<IpAddr> {
    let peer = peer(request)?;
    match request.app_data::<web::Data<Transport>>() {
        Some(transport) => transport.origin(peer, request.headers()).ip,
        None => Some(peer),
    }
}

/// The address by which a request is counted: that of the person's machine, or of the last proxy before it that says
/// what is one.
#[must_use]
pub fn network(request: &HttpRequest) -> Option<IpAddr> {
    ip(request).or_else(|| peer(request))
}

/// Why a request is not answered as it came: it travelled in clear.
#[must_use]
pub fn refusal(request: &ServiceRequest) -> Option<Failure> {
    request.app_data::<web::Data<Transport>>()?.refusal(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn transport(trusted: &[&str]) -> web::Data<Transport> {
        let trusted = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let base_url = "https://grants.example".to_owned();
        web::Data::new(Transport { trusted, tls: false, base_url })
    }

    fn from(peer: &str, lines: &[(&'static str, &'static str)]) -> TestRequest {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:4000").parse().unwrap());
        for line in lines {
            request = request.append_header(*line);
        }
        request
    }

    fn seen(trusted: &[&str], peer: &str, lines: &[&'static str]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        let request = from(peer, &lines).app_data(transport(trusted)).to_http_request();
        ip(&request).map_or_else(|| "nobody".to_owned(), |ip| ip.to_string())
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let forged = &["203.0.113.9, 198.51.100.7"][..];
        assert_eq!(seen(&[], "[::ffff:192.0.2.1]", forged), "192.0.2.1");
        assert_eq!(seen(&["10.0.0.0/8"], "192.0.2.1", forged), "192.0.2.1");
        assert_eq!(seen(&["192.0.2.1"], "[::ffff:192.0.2.1]", forged), "198.51.100.7");
        let request = from("192.0.2.1", &[("x-forwarded-for", "203.0.113.9")]).to_http_request();
        assert_eq!(ip(&request).unwrap().to_string(), "192.0.2.1");
    }

    #[test]
    fn who_counts_is_the_last_that_is_no_proxy_of_ours() {
        let ours = &["10.0.0.0/8", "2001:db8::/32"][..];
        for (lines, person) in [
            (&["203.0.113.9, 198.51.100.7, 10.0.0.2"][..], "198.51.100.7"),
            (&["203.0.113.9", "198.51.100.7", "10.0.0.2,10.0.0.3"], "198.51.100.7"),
            (&["198.51.100.7:4711"], "198.51.100.7"),
            (&["[2001:db9::7]:4711"], "2001:db9::7"),
            (&["2001:db9::7, 2001:db8::1"], "2001:db9::7"),
            // Nobody but ours: then it is one of ours that asks.
            (&["10.9.9.9"], "10.9.9.9"),
            (&[], "10.0.0.1"),
            // What says nothing is not guessed at.
            (&["203.0.113.9, unknown"], "nobody"),
            (&[""], "nobody"),
        ] {
            assert_eq!(seen(ours, "10.0.0.1", lines), person, "{lines:?}");
        }
    }

    fn answer(
        request: TestRequest,
        method: Method,
        transport: &web::Data<Transport>,
    ) -> &'static str {
        let request = request.method(method).uri("/sign-in?a=b").app_data(transport.clone());
        match refusal(&request.to_srv_request()) {
            None => "answered",
            Some(Failure::Moved(to)) if to == "https://grants.example/sign-in?a=b" => "moved",
            Some(Failure::InClear) => "refused",
            Some(other) => panic!("{other:?}"),
        }
    }

    // proves S12
    #[test]
    fn what_travelled_in_clear_is_sent_to_https_or_refused() {
        let ours = transport(&["10.0.0.0/8"]);
        let proto = |value| [("x-forwarded-proto", value)];
        let chain =
            |value| [("x-forwarded-for", "198.51.100.7, 10.0.0.2"), ("x-forwarded-proto", value)];
        for (peer, lines, get, post) in [
            ("10.0.0.1", &[][..], "answered", "answered"),
            ("10.0.0.1", &proto("https"), "answered", "answered"),
            ("10.0.0.1", &proto("http"), "moved", "refused"),
            ("10.0.0.1", &proto("gopher"), "moved", "refused"),
            // The person spoke https to the outer proxy, which speaks http to the inner one; and the other way round.
            ("10.0.0.1", &chain("https, http"), "answered", "answered"),
            ("10.0.0.1", &chain("http, https"), "moved", "refused"),
            ("10.0.0.1", &chain("http"), "moved", "refused"),
            // Nobody but a proxy is believed: others have come in clear whatever they say.
            ("198.51.100.7", &proto("https"), "moved", "refused"),
            ("127.0.0.1", &proto("http"), "answered", "answered"),
        ] {
            assert_eq!(answer(from(peer, lines), Method::GET, &ours), get, "{peer} {lines:?}");
            assert_eq!(answer(from(peer, lines), Method::POST, &ours), post, "{peer} {lines:?}");
        }
        let probe = from("198.51.100.7", &[]).uri("/healthz").app_data(ours.clone());
        assert!(refusal(&probe.to_srv_request()).is_none());
        let own = Transport { tls: true, ..Transport::clone(&ours) };
        let own = web::Data::new(own);
        assert_eq!(answer(from("198.51.100.7", &[]), Method::POST, &own), "answered");
        assert_eq!(answer(from("10.0.0.1", &proto("http")), Method::POST, &own), "refused");
    }
}
