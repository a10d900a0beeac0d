//! The server: what actix-web's own does, with a [`Wire`] between each connection and what reads it.
//!
//! The library that reads requests answers what it can't read by itself, in a line and without a page, and hangs up on
//! whoever is still sending. Only on the wire can that be seen and made good.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::Error;
use actix_web::dev::{AppConfig, Server, ServiceResponse};
use actix_web::rt::net::TcpStream;
use rustls::ServerConfig;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::wire::{Answers, Duplex, Wire, last_words};
use crate::service::Context;
use crate::web;

/// How long a connection may take to say how it is to be encrypted.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How a connection that is to be encrypted begins: a record of the handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Serves pages on a port that is listened to, by HTTPS or in clear.
///
/// # Errors
/// When the port can't be used.
pub fn listen<F, I, S, B>(
    listener: TcpListener,
    tls: Option<ServerConfig>,
    context: Arc<Context>,
    pages: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error>
        + 'static,
    S::InitError: std::fmt::Debug,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let builder = Server::build().workers(2).worker_max_blocking_threads(16);
    let builder = builder.shutdown_timeout(10).disable_signals();
    let shutdown = builder.graceful_shutdown_signal();
    let tls = tls.map(|mut config| {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    });
    let builder = builder.listen("almoner", listener, move || {
        let shutdown = shutdown.clone();
        // What the pages are told of the server, they have from our own settings.
        let pages = map_config(
            pages().into_factory().map_err(|error: Error| error.error_response()),
            |()| AppConfig::default(),
        );
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let shutdown = shutdown.clone();
                async move { shutdown.notified().await }
            })
            .keep_alive(Duration::from_secs(30))
            .client_request_timeout(Duration::from_secs(15))
            .client_disconnect_timeout(Duration::from_secs(1))
            .finish(pages);
        let (context, tls) = (Arc::clone(&context), tls.clone());
        let answers: Answers = {
            let context = Arc::clone(&context);
            Rc::new(move |status| web::unread(&context, status))
        };
        let accept = actix_service::fn_service(move |stream: TcpStream| {
            let (context, tls, answers) = (Arc::clone(&context), tls.clone(), Rc::clone(&answers));
            async move {
                let peer = stream.peer_addr().ok();
                let stream: Box<dyn Duplex> = match tls {
                    None => Box::new(stream),
                    Some(tls) => Box::new(encrypted(stream, &tls, &context).await?),
                };
                Ok::<_, DispatchError>((Wire::new(stream, answers), Protocol::Http1, peer))
            }
        });
        accept.and_then(http)
    })?;
    Ok(builder.run())
}

/// A connection once it is encrypted. Whoever begins in clear is told of HTTPS, and the connection ends.
async fn encrypted(
    stream: TcpStream,
    tls: &TlsAcceptor,
    context: &Context,
) -> io::Result<TlsStream<TcpStream>> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let mut first = [0];
    let came = timeout(HANDSHAKE, stream.peek(&mut first)).await.map_err(late)??;
    if came == 1 && first != [TLS_HANDSHAKE] {
        last_words(stream, web::spoken_in_clear(context)).await;
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    timeout(HANDSHAKE, tls.accept(stream)).await.map_err(late)?
}
