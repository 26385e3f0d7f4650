import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Cores } from './cores.ts'
import { requireProgram } from './programs.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export interface NginxOptions {
  /** A folder of its own. */
  readonly directory: string
  readonly core: Cores
  readonly port: number
  readonly workers: number
  /** What stands in the `http` block. */
  readonly http: string
  /** `true`: it runs only while nothing else wants its core. */
  readonly whenIdle?: boolean
}

/** An nginx that keeps its connections. @throws Error where there is no nginx */
export async function startNginx(options: NginxOptions): Promise<ServerProcess> {
  const { directory, core, port, workers, http, whenIdle } = options
  requireProgram('nginx')
  await mkdir(directory, { recursive: true })
  const configuration = join(directory, 'nginx.conf')
  await writeFile(configuration, mainConfiguration(directory, workers, http))
  const args = ['-e', 'stderr', '-p', directory, '-c', configuration]
  return startServer({ command: 'nginx', args, core, port, whenIdle })
}

/** Bodies wait in memory, not on a disk, where there is such a place: it is not the disk that is measured. */
const mainConfiguration = (directory: string, workers: number, http: string): string => `
user ${userInfo().username};
daemon off;
worker_processes ${workers};
worker_rlimit_nofile 20000;
error_log stderr crit;
pid ${directory}/nginx.pid;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path ${directory}/bodies;
  proxy_temp_path ${directory}/proxied;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  client_max_body_size 0;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
${http}
}
`
