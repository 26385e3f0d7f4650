import { afterEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseAccountId } from '@mtls-gateway/domain'
import { FormSignatures, formSignatureLimits } from '../../../src/forward/caller/form-signatures.ts'

const [one, other] = [parseAccountId('1'), parseAccountId('2')]
const here = { accountId: one, address: '192.0.2.1' }
const stranger = { accountId: one, address: '192.0.2.2' }
const largest = Buffer.alloc(262_144, '+')
const small = Buffer.from('a=1')
const refused = expect.objectContaining({ code: 'TOO_MANY_BODIES', retryAfterSeconds: 1 })

let open: Bulkhead[] = []

afterEach(() => {
  for (const each of open) each.close()
  open = []
})

/** A pool that is not refilled during a test. */
function formSignatures(): FormSignatures {
  const pool = new Bulkhead('form-signatures', { ...formSignatureLimits, cooledPerSecond: 1 })
  open.push(pool)
  return new FormSignatures(pool)
}

function right(): string {
  return 'verified'
}

function wrong(): never {
  throw new Error('the signature is wrong')
}

/** The number of forms that are verified before one is refused. */
function verifiedUntilRefused(attempt: () => unknown): number {
  for (let count = 0; count < 10_000; count++) {
    try {
      attempt()
    } catch (error) {
      if (error instanceof Error && error.message === 'the signature is wrong') continue
      expect(error).toEqual(refused)
      return count
    }
  }
  throw new Error('none is refused')
}

describe('forms beyond the share of an account', () => {
  it('are refused without being verified, whether their signature is right or wrong', () => {
    // The first rightly signed form comes from an unknown address.
    for (const verify of [right, wrong]) {
      const forms = formSignatures()
      expect(verifiedUntilRefused(() => forms.run(stranger, largest, verify))).toBe(verify === right ? 16 : 15)
    }
  })

  it('are refused before they are read, and room is not used up by asking', () => {
    const forms = formSignatures()
    for (let n = 0; n < 1_000; n++) forms.checkRoom(stranger, largest.length)
    verifiedUntilRefused(() => forms.run(stranger, largest, wrong))
    expect(() => forms.checkRoom(stranger, largest.length)).toThrow(refused)
    forms.checkRoom({ ...stranger, accountId: other }, largest.length)
  })

  it('take nothing from another account', () => {
    const forms = formSignatures()
    verifiedUntilRefused(() => forms.run(stranger, largest, wrong))
    expect(forms.run({ accountId: other, address: stranger.address }, largest, right)).toBe('verified')
  })

  it('take nothing from the callers of the same account, where they come from elsewhere', async () => {
    const forms = formSignatures()
    await expect(forms.run(here, small, async () => 'verified')).resolves.toBe('verified')
    verifiedUntilRefused(() => forms.run(stranger, largest, wrong))
    expect(forms.run(here, largest, right)).toBe('verified')
  })

  it('are few where they have many parameters', () => {
    const forms = formSignatures()
    const many = Buffer.from('a&'.repeat(999))
    expect(verifiedUntilRefused(() => forms.run(stranger, many, wrong))).toBe(20)
  })
})

describe('an address', () => {
  it('is one of callers once a form from it was rightly signed, and not before', async () => {
    const forms = formSignatures()
    expect(() => forms.run(here, small, wrong)).toThrow('the signature is wrong')
    await expect(forms.run(here, small, async () => wrong())).rejects.toThrow('the signature is wrong')
    verifiedUntilRefused(() => forms.run(stranger, largest, wrong))
    expect(() => forms.run(here, largest, right)).toThrow(refused)
  })

  it('stands for its IPv6 /56, all of which one subscriber has', () => {
    const forms = formSignatures()
    expect(forms.run({ ...here, address: '2001:db8::1' }, small, right)).toBe('verified')
    verifiedUntilRefused(() => forms.run(stranger, largest, wrong))
    expect(forms.run({ ...here, address: '2001:db8:0:ff::2:1' }, largest, right)).toBe('verified')
    expect(() => forms.run({ ...here, address: '2001:db8:0:100::1' }, largest, right)).toThrow(refused)
  })

  it('stays one of callers whatever another account signs, from however many networks', () => {
    const forms = formSignatures()
    forms.run(here, small, right)
    for (let n = 0; n < 30_000; n++) {
      const address = `2001:db8:${(n >> 8).toString(16)}:${(n & 255).toString(16)}00::1`
      try {
        forms.run({ accountId: other, address }, Buffer.alloc(0), right)
      } catch (error) {
        expect(error).toEqual(refused)
      }
    }
    verifiedUntilRefused(() => forms.run(stranger, largest, wrong))
    expect(forms.run(here, largest, right)).toBe('verified')
  })
})
