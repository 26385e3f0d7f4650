import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useMissingScope } from '../api/session.ts'
import { Button, type ButtonLook, buttonClass } from './button.tsx'

export interface ChangeLinkProps {
  readonly to: string
  readonly look?: ButtonLook
  readonly 'aria-label'?: string
  readonly children: ReactNode
}

/** Leads to a page that is there to change something. Who may only read stays here, and is told why. */
export function ChangeLink({ to, look = 'plain', children, ...rest }: ChangeLinkProps) {
  const missingScope = useMissingScope('mtls:write')
  if (missingScope !== undefined) {
    return (
      <Button look={look} disabledReason={missingScope} {...rest}>
        {children}
      </Button>
    )
  }
  return (
    <Link to={to} className={buttonClass(look)} {...rest}>
      {children}
    </Link>
  )
}
