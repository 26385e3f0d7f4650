import type { Node } from '../../asn1.ts'
import { type Encryption, unknownEncryption } from './encryption.ts'
import { readPbes1 } from './pbes1.ts'
import { pbes2, readPbes2 } from './pbes2.ts'
import { readPkcs12Pbe } from './pkcs12-pbe.ts'

/** Reads an AlgorithmIdentifier of an encryption by password. */
export function readEncryption(algorithm: string, parameters: Node | undefined): Encryption {
  if (algorithm === pbes2) return readPbes2(parameters)
  return readPkcs12Pbe(algorithm, parameters) ?? readPbes1(algorithm, parameters) ?? unknownEncryption(algorithm)
}
