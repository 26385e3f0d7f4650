import { freePort } from '@mtls-gateway/test-kit'
import { cores } from '../machine/cores.ts'
import { startNginx } from '../machine/nginx.ts'
import { certificateOf, type Subject, type SubjectOptions } from '../subject.ts'
import { plainRequests } from './plain-requests.ts'

/**
 * An nginx that forwards, its client certificate named by a variable. Kept connections belong to an `upstream`,
 * whatever certificate they were made with, so each identity has one of its own.
 */
export async function startNginxSubject(options: SubjectOptions): Promise<Subject> {
  const port = await freePort()
  const http = configuration(options, port)
  const server = await startNginx({ directory: options.directory, core: cores.subject, port, workers: 1, http })
  return {
    name: 'nginx',
    url: `http://127.0.0.1:${port}`,
    pid: server.pid,
    repeatable: true,
    requests: (call) => plainRequests(call, `127.0.0.1:${port}`),
    stop: server.stop,
  }
}

function configuration(options: SubjectOptions, port: number): string {
  const { target, identities } = options
  const each = (write: (identity: number) => string) =>
    Array.from({ length: identities }, (_, n) => write(n)).join('\n')
  return `
  variables_hash_max_size 4096;
${each((n) => `  upstream target${n} { server ${target.address}:${target.port}; keepalive ${n === 0 ? 256 : 8}; }`)}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host localhost:${target.port};
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_ssl_certificate $certificate.pem;
    proxy_ssl_certificate_key $certificate.key;
    proxy_ssl_trusted_certificate ${target.caFile};
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 3;
    proxy_ssl_name localhost;
    proxy_ssl_server_name on;
    proxy_ssl_protocols TLSv1.3;
${each((n) => `    location /${n}/ { set $certificate ${certificateOf(options, n).pathWithoutExtension}; proxy_pass https://target${n}; }`)}
  }`
}
