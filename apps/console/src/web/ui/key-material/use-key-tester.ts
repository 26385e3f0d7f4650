import { GatewayProblem } from '@mtls-gateway/client/page'
import type { TestReport } from '@mtls-gateway/contract'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type KeyMaterial, type Tested, testKeyMaterial } from '../../api/key-tester.ts'
import { type Choice, type ChosenFile, chooseFiles, pastedPem } from './chosen-file.ts'

const passwordCodes: ReadonlySet<string> = new Set(['P12_PASSWORD_REQUIRED', 'P12_WRONG_PASSWORD'])

export interface KeyTester {
  readonly chosen: ChosenFile | undefined
  /** What is wrong before the gateway was asked. */
  readonly fault: string | undefined
  readonly password: string
  /** The file has one, and it is not known yet. */
  readonly wantsPassword: boolean
  /** What the gateway says of the password that was given. */
  readonly passwordError: string | undefined
  readonly isTesting: boolean
  /** Once the gateway could read it. */
  readonly report: TestReport | undefined
  /** Why it can't be used, other than for its password. */
  readonly error: Error | null
  /** What can be stored as it was tested. */
  readonly tested: (Tested & { readonly material: KeyMaterial }) | undefined
  readonly choose: (files: readonly File[]) => Promise<void>
  readonly paste: (certificates: string, keys: string) => void
  readonly setPassword: (password: string) => void
  readonly test: () => void
  readonly clear: () => void
}

/** A file from the moment it is dropped to the gateway's verdict. A wrong password keeps it. */
export function useKeyTester(accountId: string): KeyTester {
  const [{ chosen, fault }, setChoice] = useState<{ chosen?: ChosenFile | undefined; fault?: string | undefined }>({})
  const [password, setPassword] = useState('')
  const { mutate, reset, data, error, isPending, variables } = useMutation({
    mutationFn: (tested: Tested) => testKeyMaterial(accountId, tested),
    // Keys and passwords are not kept beyond their page.
    gcTime: 0,
  })
  const take = (choice: Choice) => {
    // What is there stays.
    if ('fault' in choice) return setChoice({ chosen, fault: choice.fault })
    setChoice(choice)
    setPassword('')
    reset()
    const { material, isEncrypted } = choice.chosen
    if (material !== undefined && !isEncrypted) mutate({ material, password: '' })
  }
  const isPasswordError = error instanceof GatewayProblem && passwordCodes.has(error.code)
  const wasGiven = (variables?.password ?? '') !== ''
  return {
    chosen,
    fault,
    password,
    wantsPassword: isPasswordError || wasGiven || chosen?.isEncrypted === true,
    passwordError: isPasswordError && wasGiven ? error.detail : undefined,
    isTesting: isPending,
    report: data,
    error: isPasswordError ? null : error,
    tested: data === undefined ? undefined : variables,
    choose: async (files) => take(await chooseFiles(files, chosen)),
    paste: (certificates, keys) => take({ chosen: pastedPem(certificates, keys) }),
    setPassword,
    test: () => {
      if (chosen?.material !== undefined) mutate({ material: chosen.material, password })
    },
    clear: () => {
      setChoice({})
      setPassword('')
      reset()
    },
  }
}
