import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '@mtls-gateway/service-kit'
import { Seal } from '../../../src/server/session/seal.ts'
import { type Session, sessionSchema } from '../../../src/server/session/session.ts'
import { sealingKeys } from '../../../src/server/session/session-keys.ts'
import { start } from '../../../src/server/start.ts'

export interface TestConsole {
  readonly url: string
  readonly managementUrl: string
  /** Where its key is, if it has made one. */
  readonly dataDir: string
  stop(): Promise<void>
}

/** A folder that is removed with everything in it. */
export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'console-'))

  write(name: string, content: string): string {
    const path = join(this.path, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** As Vite leaves it, in small. */
export function builtApp(folder: TestFolder): string {
  const web = join(folder.path, 'web')
  mkdirSync(join(web, 'assets'), { recursive: true })
  writeFileSync(join(web, 'index.html'), `<!doctype html><title>Console</title>${'<p>text</p>'.repeat(200)}`)
  writeFileSync(join(web, 'theme.js'), 'document.documentElement.dataset.theme = "dark"')
  writeFileSync(join(web, 'assets', 'app-0123abcd.js'), 'console.log("app")'.repeat(100))
  writeFileSync(join(web, 'assets', 'logo-0123abcd.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47]))
  writeFileSync(join(web, 'notes.secret'), 'never served')
  return web
}

/** The console on free ports, in this process. */
export async function startConsole(folder: TestFolder, environment: Environment): Promise<TestConsole> {
  const dataDir = environment.DATA_DIR ?? join(folder.path, 'data')
  const service = await start(
    {
      CONSOLE_PORT: '0',
      CONSOLE_MANAGEMENT_PORT: '0',
      LOG_LEVEL: 'silent',
      SHUTDOWN_GRACE: '1s',
      THROTTLE_PER_SECOND: '10000',
      ...environment,
      DATA_DIR: dataDir,
    },
    builtApp(folder),
  )
  const { url, managementUrl } = service
  return { url, managementUrl, dataDir, stop: () => service.stop() }
}

/** A session as the console would have made it, for whatever takes time. */
export async function sealSession({ dataDir }: Pick<TestConsole, 'dataDir'>, session: Session): Promise<string> {
  const keys = sealingKeys(readFileSync(join(dataDir, 'console-session.key'), 'utf8'))
  return `1.${await new Seal(keys.session, sessionSchema).close(session)}`
}

export async function openSession(
  { dataDir }: Pick<TestConsole, 'dataDir'>,
  cookie = '',
): Promise<Session | undefined> {
  const keys = sealingKeys(readFileSync(join(dataDir, 'console-session.key'), 'utf8'))
  return new Seal(keys.session, sessionSchema).open(cookie.slice(2))
}

/** A session of Ann, who has signed in at the identity provider. */
export function oidcSession(tokenExpiresAt: number | null, refreshToken = 'one'): Session {
  const endsAt = Date.now() + 60_000
  return { id: 'one', owner: 'ann', via: 'oidc', token: 'token-of-ann', endsAt, refreshToken, tokenExpiresAt }
}
