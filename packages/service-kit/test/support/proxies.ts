import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { CallerCertificates, TrustedProxies } from '../../src/index.ts'

export function proxiesAt(...trustedProxies: readonly string[]): TrustedProxies {
  return new TrustedProxies({ trustedProxies, trustedProxySecretFile: undefined })
}

export const noProxies = proxiesAt()

/** Where certificates of callers mean nothing. */
export const noCertificates = new CallerCertificates(
  {
    callerCaFile: undefined,
    callerCertificateRulesFile: undefined,
    callerCertificateFromProxy: false,
    services: new ServiceCatalogue(),
  },
  noProxies,
)

/** Calls `use` with a file that has these lines. */
export async function withSecretFile<T>(lines: readonly string[], use: (file: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'service-kit-'))
  try {
    const file = join(directory, 'proxy-secret')
    writeFileSync(file, lines.join('\n'))
    return await use(file)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
