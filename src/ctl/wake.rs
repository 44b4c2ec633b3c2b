//! Waiting for a server that is asleep. The first connection has systemd start it, and
//! stays without an answer until it is ready.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// As long as the unit of a server may take to start.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Any route: it is enough that the server answers, with whatever status.
const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// Waits until the server at `address` answers anything. It is sent no password.
///
/// # Errors
/// When there is no answer within `patience`, or the connection ends without one: a start
/// has failed.
pub fn wait_for_answer(address: SocketAddr, patience: Duration) -> Result<(), String> {
    let ask = || -> io::Result<usize> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(REQUEST)?;
        stream.read(&mut [0])
    };
    match ask() {
        Ok(0) => Err("the connection was closed without an answer".to_owned()),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(format!("no answer within {} s", patience.as_secs()))
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Waits for a server that does this with its first connection, which it has read from.
    fn wait_for(serve: fn(&mut TcpStream) -> io::Result<()>) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            let _ = stream.read(&mut [0; 64])?;
            serve(&mut stream)
        });
        let result = wait_for_answer(address, Duration::from_secs(1));
        server.join().expect("no panic").expect("it serves");
        result
    }

    #[test]
    fn a_late_answer_is_waited_for() {
        let answer = wait_for(|stream| {
            thread::sleep(Duration::from_millis(300));
            stream.write_all(b"HTTP/1.0 401 Unauthorized\r\n\r\n")
        });
        assert_eq!(answer, Ok(()));
    }

    #[test]
    fn a_server_that_does_not_start_is_told_of() {
        let closed = wait_for(|_| Ok(()));
        assert!(closed.is_err_and(|why| why.contains("closed without an answer")));
        let silent = wait_for(|_| {
            thread::sleep(Duration::from_millis(1500));
            Ok(())
        });
        assert_eq!(silent, Err("no answer within 1 s".to_owned()));
    }
}
