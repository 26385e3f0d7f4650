import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { keptFile, keptFingerprints } from '../support/kept-files.ts'
import { exportPkcs12 } from '../support/openssl.ts'
import { hasKeytool } from '../support/shell.ts'
import { type Cell, identityOf } from './cell.ts'

const run = promisify(execFile)
if (!hasKeytool) console.warn('NO keytool ON THIS MACHINE: its cells are read from kept files.')

const modern = { readBy: 'pkijs', mac: 'HMAC-SHA-256', cipher: 'AES-256-CBC', java: true } as const
const legacy = { readBy: 'node-forge', mac: 'HMAC-SHA-1', cipher: 'RC2-40-CBC, 3DES-CBC', java: true } as const
const password = 'secret'

function cell(key: 'rsa' | 'ec', kind: '' | 'legacy-'): Cell {
  return {
    ...(kind === '' ? modern : legacy),
    name: `keytool -importkeystore ${kind === '' ? '' : '-J-Dkeystore.pkcs12.legacy '}(${key})`,
    password,
    async make(identities) {
      if (!hasKeytool) return { bytes: keptFile(`keytool17-${kind}${key}`), fingerprint: keptFingerprints[key] }
      const identity = identityOf(identities, key === 'rsa' ? 'RSA-2048' : 'EC-P256')
      const source = await exportPkcs12(identity, password, ['-name', 'client'])
      return { bytes: await importKeyStore(source, kind !== ''), fingerprint: identity.fingerprintSha256 }
    },
  }
}

/** It ends soon: the time to optimise it never comes back. */
const flags = ['-J-XX:TieredStopAtLevel=1', '-J-XX:+UseSerialGC']

async function importKeyStore(source: Buffer, legacyFormat: boolean): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'key-material-keytool-'))
  try {
    const [from, to] = [join(folder, 'from.p12'), join(folder, 'to.p12')]
    await writeFile(from, source)
    const format = legacyFormat ? ['-J-Dkeystore.pkcs12.legacy'] : []
    const files = ['-srckeystore', from, '-srcstorepass', password, '-destkeystore', to, '-deststorepass', password]
    await run('keytool', [...flags, ...format, '-importkeystore', ...files, '-deststoretype', 'PKCS12'])
    return await readFile(to)
  } finally {
    await rm(folder, { recursive: true })
  }
}

export const keytoolCells: readonly Cell[] = [
  cell('rsa', ''),
  cell('ec', ''),
  cell('rsa', 'legacy-'),
  cell('ec', 'legacy-'),
]
