import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'
import { type Program, startProgram, tlsFiles } from './program.ts'

const modules = '/usr/lib/apache2/modules'

/** @param directives of its virtual host; they find `client-ca.pem` in the server's root */
export function startApacheServer(identity: IssuedCertificate, clientCa: TestCa, directives: string): Promise<Program> {
  return startProgram(({ directory, port }) => ({
    command: 'apache2',
    args: ['-X', '-d', directory, '-f', 'apache.conf', '-E', '/dev/stderr'],
    files: {
      ...tlsFiles(identity, clientCa.certificate),
      'index.html': 'fine',
      'apache.conf': `
ServerName localhost
Listen 127.0.0.1:${port}
PidFile apache.pid
DefaultRuntimeDir ${directory}
ErrorLog ${directory}/error.log
LoadModule mpm_event_module ${modules}/mod_mpm_event.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
LoadModule ssl_module ${modules}/mod_ssl.so
DocumentRoot ${directory}
<Directory ${directory}>
  Require all granted
</Directory>
<VirtualHost 127.0.0.1:${port}>
  SSLEngine on
  SSLCertificateFile server.pem
  SSLCertificateKeyFile server.key
  SSLCACertificateFile client-ca.pem
  ${directives}
</VirtualHost>
`,
    },
  }))
}
