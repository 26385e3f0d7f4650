import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Button } from '../button.tsx'
import fieldStyles from '../field.module.css'
import { Field } from '../field.tsx'
import styles from './password-field.module.css'
import type { KeyTester } from './use-key-tester.ts'

/** The password of the chosen file. It has the focus when it is asked for, and again where it was wrong. */
export function PasswordField({ tester }: { readonly tester: KeyTester }) {
  const { chosen, password, passwordError, isTesting } = tester
  const [isMissing, setMissing] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const focus = useEffectEvent(() => {
    if (passwordError === undefined && password !== '') return
    input.current?.focus()
    input.current?.select()
  })
  // After each answer, as a second wrong password gets the same words.
  useEffect(() => {
    if (!isTesting) focus()
  }, [isTesting])
  const submit = () => {
    setMissing(password === '')
    if (password === '') input.current?.focus()
    else tester.test()
  }
  const what = chosen?.pem !== undefined ? 'Passphrase of the key' : 'Password of the file'
  return (
    <form
      noValidate
      className={styles.line}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Field
        label={what}
        hint="It is sent to the gateway to open the file, and not kept."
        error={isMissing && password === '' ? 'Type the password first.' : isTesting ? undefined : passwordError}
      >
        {(ids) => (
          <input
            ref={input}
            type="password"
            // A browser must not offer the password of a file for another page.
            autoComplete="off"
            {...ids}
            className={fieldStyles.input}
            value={password}
            onChange={(event) => tester.setPassword(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" look={tester.report === undefined ? 'primary' : 'plain'} isPending={isTesting}>
        Check
      </Button>
    </form>
  )
}
