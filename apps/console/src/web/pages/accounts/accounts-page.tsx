import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Session } from '../../api/session.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { SignOut } from '../../layout/sign-out.tsx'
import { paths } from '../../routing/paths.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './accounts-page.module.css'

/** Which account: of those that the session names, or any, where it is for all. */
export function AccountsPage({ session }: { readonly session: Session }) {
  const [, navigate] = useLocation()
  const [accountId, setAccountId] = useState('')
  const { accounts } = session
  const isAllowed = /^[A-Za-z0-9_-]{1,64}$/.test(accountId)
  return (
    <BarePage>
      <PageHeader
        title={accounts !== '*' && accounts.length === 0 ? 'No account' : 'Which account?'}
        actions={<SignOut />}
      />
      {accounts === '*' ? (
        <Form
          onSubmit={() => isAllowed && navigate(paths.overview(accountId))}
          actions={
            <Button
              type="submit"
              look="primary"
              disabledReason={isAllowed ? undefined : 'An account id has 1 to 64 of A-Z, a-z, 0-9, _ and -.'}
            >
              Open
            </Button>
          }
        >
          <TextField
            label="Account id"
            hint="You may open every account."
            value={accountId}
            onChange={(event) => setAccountId(event.target.value)}
          />
        </Form>
      ) : accounts.length === 0 ? (
        <Notice tone="warn" title="You have no account here">
          Ask whoever looks after the gateway to add one to your login: {session.subject}
        </Notice>
      ) : (
        <ul className={styles.accounts}>
          {accounts.map((id) => (
            <li key={id}>
              <Link to={paths.overview(id)}>{id}</Link>
            </li>
          ))}
        </ul>
      )}
    </BarePage>
  )
}
