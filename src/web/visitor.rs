//! From which address a request comes.

use std::net::IpAddr;

use actix_web::{HttpRequest, web};

/// Whether all requests come through a proxy of ours, which says in `X-Forwarded-For` for whom.
///
/// Application data; without it nobody is believed.
#[derive(Clone, Copy, Debug)]
pub struct BehindProxy(pub bool);

/// The address of the person's machine.
///
/// Behind a proxy it is the last address in `X-Forwarded-For`: the proxy wrote that one, and anybody can write those
/// before it.
#[must_use]
pub fn ip(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|address| address.ip().to_canonical());
    let behind = request.app_data::<web::Data<BehindProxy>>().is_some_and(|behind| behind.0);
    if !behind {
        return peer;
    }
    let last = request.headers().get_all("x-forwarded-for").last()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let request = |behind: Option<bool>| {
            let mut request = TestRequest::get()
                .peer_addr("[::ffff:192.0.2.1]:4000".parse().unwrap())
                .append_header(("x-forwarded-for", "203.0.113.9, 198.51.100.7"));
            if let Some(behind) = behind {
                request = request.app_data(web::Data::new(BehindProxy(behind)));
            }
            ip(&request.to_http_request()).unwrap().to_string()
        };
        assert_eq!(request(None), "192.0.2.1");
        assert_eq!(request(Some(false)), "192.0.2.1");
        assert_eq!(request(Some(true)), "198.51.100.7");
    }
}
