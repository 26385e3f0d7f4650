import { userInfo } from 'node:os'
import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'
import { type Program, type ProgramPlace, startProgram, tlsFiles } from './program.ts'

const refusingByAnswer = `
    ssl_client_certificate client-ca.pem;
    ssl_verify_client on;
    location / { return 200 "fine"; }
    location /bad { return 400 "the query is wrong"; }
`

/**
 * An nginx that verifies client certificates, which it does after the handshake: it refuses them by an HTTP answer.
 * @param directives of its `server`; they find `client-ca.pem` beside the configuration
 */
export function startNginxServer(
  identity: IssuedCertificate,
  clientCa: TestCa,
  directives = refusingByAnswer,
): Promise<Program> {
  return startProgram((place) => ({
    command: 'nginx',
    args: ['-e', 'stderr', '-p', place.directory, '-c', 'nginx.conf'],
    files: { ...tlsFiles(identity, clientCa.certificate), 'nginx.conf': configuration(place, directives) },
  }))
}

const configuration = ({ directory, port }: ProgramPlace, directives: string): string => `
user ${userInfo().username};
daemon off;
worker_processes 1;
error_log stderr crit;
pid ${directory}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${directory}/bodies;
  proxy_temp_path ${directory}/proxied;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ${directives}
  }
}
`
