import { Asn1Error } from '../asn1.ts'
import { Fault } from '../report/fault.ts'
import { type Bag, type BagAttributes, readBags } from './bags.ts'
import type { Encryption } from './encryption/encryption.ts'
import { type PasswordForms, passwordForms } from './encryption/password-forms.ts'
import { changedAfterwards, ownPassword, unsupportedCipher, unsupportedMac, wrongPassword } from './faults.ts'
import type { IterationBudget } from './iteration-budget.ts'
import type { Mac } from './mac.ts'
import type { Pfx } from './pfx.ts'
import { checkedPkcs8 } from './pkcs8.ts'

/** What was found, decrypted. `plain` is a key without encryption of its own. */
export type FoundBag = BagAttributes &
  (
    | { readonly kind: 'key'; readonly pkcs8: Buffer; readonly plain: boolean }
    | { readonly kind: 'certificate'; readonly der: Buffer }
  )

/** The contents of a file. They are added while it is opened, so `encryptions` is of use even after an error. */
export interface Pkcs12Contents {
  /** In the order of the file. */
  readonly bags: FoundBag[]
  readonly encryptions: Encryption[]
}

/**
 * Opens everything in a file. No key is derived before the iterations of everything readable have been counted.
 *
 * @throws Fault, Asn1Error, NeedsExpensiveChild
 */
export function openPfx(
  pfx: Pfx,
  password: string | undefined,
  budget: IterationBudget,
  contents: Pkcs12Contents,
): void {
  const opening = new Opening(password, budget, contents)
  const bagsOfSafes = pfx.safes.map((safe) => (safe.encryption ? undefined : readBags(safe.data)))
  const ofSafes = pfx.safes.flatMap(({ encryption }) => encryption ?? [])
  opening.weigh([...ofSafes, ...encryptionsOf(bagsOfSafes.flatMap((bags) => bags ?? []))], pfx.mac?.iterations)

  const intact = pfx.mac && verifyMac(pfx.mac, opening.forms, pfx.contents)
  if (intact === false) throw opening.tellWrongPasswordFromDamage(pfx, bagsOfSafes)
  opening.open(pfx, bagsOfSafes, intact === true)
}

function verifyMac(mac: Mac, forms: PasswordForms, contents: Buffer): boolean {
  if (mac.scheme === 'unknown') throw unsupportedMac(mac)
  return mac.verify(forms, contents)
}

class Opening {
  readonly forms: PasswordForms
  readonly #password: string | undefined
  readonly #budget: IterationBudget
  readonly #contents: Pkcs12Contents

  constructor(password: string | undefined, budget: IterationBudget, contents: Pkcs12Contents) {
    this.forms = passwordForms(password)
    this.#password = password
    this.#budget = budget
    this.#contents = contents
  }

  weigh(encryptions: readonly Encryption[], macIterations?: bigint): void {
    this.#contents.encryptions.push(...encryptions)
    const counts = encryptions.map(({ iterations }) => iterations)
    this.#budget.add(macIterations === undefined ? counts : [macIterations, ...counts])
  }

  open(pfx: Pfx, bagsOfSafes: readonly (readonly Bag[] | undefined)[], intact: boolean): void {
    for (const [index, safe] of pfx.safes.entries()) {
      const plain = bagsOfSafes[index]
      const bags = plain ?? this.#decrypt(safe.encryption, safe.data, readBags, intact)
      if (!plain) this.weigh(encryptionsOf(bags))
      for (const bag of bags) this.#take(bag, intact)
    }
  }

  /** A wrong MAC may mean a wrong password or damage. If the password decrypts the contents, it is the right one. */
  tellWrongPasswordFromDamage(pfx: Pfx, bagsOfSafes: readonly (readonly Bag[] | undefined)[]): Fault {
    try {
      this.open(pfx, bagsOfSafes, false)
    } catch (error) {
      if (error instanceof Asn1Error) return this.#wrongPassword()
      if (!(error instanceof Fault)) throw error
      return error.problem.code === 'P12_TOO_EXPENSIVE' ? error : this.#wrongPassword()
    }
    return this.#contents.encryptions.length > 0 ? changedAfterwards() : this.#wrongPassword()
  }

  #take(bag: Bag, intact: boolean): void {
    const { alias, localKeyId, position } = bag
    const attributes = { alias, localKeyId, position }
    if (bag.kind === 'certificate') {
      this.#contents.bags.push({ kind: 'certificate', der: bag.der, ...attributes })
    } else if (bag.kind === 'key') {
      this.#contents.bags.push({ kind: 'key', pkcs8: bag.pkcs8, plain: true, ...attributes })
    } else {
      const pkcs8 = this.#decrypt(bag.encryption, bag.data, checkedPkcs8, intact)
      this.#contents.bags.push({ kind: 'key', pkcs8, plain: false, ...attributes })
    }
  }

  /** Valid padding alone does not prove the password: the result must also have the right structure. */
  #decrypt<T>(encryption: Encryption | undefined, data: Buffer, read: (opened: Buffer) => T, intact: boolean): T {
    if (!encryption?.library) throw unsupportedCipher(encryption?.cipher ?? 'unknown')
    for (const opened of encryption.decrypt(this.forms, data)) {
      try {
        return read(opened)
      } catch (error) {
        if (!(error instanceof Asn1Error)) throw error
      }
    }
    throw intact ? ownPassword() : this.#wrongPassword()
  }

  #wrongPassword(): Fault {
    return wrongPassword(this.#password, this.#contents.encryptions)
  }
}

function encryptionsOf(bags: readonly Bag[]): Encryption[] {
  return bags.flatMap((bag) => (bag.kind === 'shrouded-key' ? [bag.encryption] : []))
}
