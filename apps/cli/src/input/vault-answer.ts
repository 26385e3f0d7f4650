import { CliFailure } from '../cli-failure.ts'

export interface IssuedByVault {
  /** PEM: the leaf, then its chain. */
  readonly certificate: string
  /** PEM. */
  readonly privateKey: string
}

/**
 * What `vault write -format=json pki/issue/ROLE` prints, or its `data` alone; `bao` prints the same.
 * @throws CliFailure
 */
export function readVaultAnswer(text: string, file: string): IssuedByVault {
  const answer = parsed(text, file)
  const { certificate, private_key: privateKey, ca_chain: chain, issuing_ca: issuer } = answer?.data ?? answer ?? {}
  const issuers = Array.isArray(chain) && chain.length > 0 ? chain : [issuer ?? '']
  if (typeof certificate !== 'string' || typeof privateKey !== 'string') {
    throw new CliFailure(
      'wrongUse',
      `${file} is JSON without certificate and private_key. Give what vault write -format=json pki/issue/ROLE prints.`,
    )
  }
  return { certificate: [certificate, ...issuers].join('\n'), privateKey }
}

function parsed(text: string, file: string) {
  try {
    return JSON.parse(text)
  } catch {
    // What JSON.parse says quotes the text, which may hold a key.
    throw new CliFailure('wrongUse', `${file} begins like JSON and is none.`)
  }
}
