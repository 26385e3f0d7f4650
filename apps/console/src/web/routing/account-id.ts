import { createContext, useContext } from 'react'

const AccountId = createContext<string | undefined>(undefined)

export const AccountIdProvider = AccountId.Provider

/** The account of the page. */
export function useAccountId(): string {
  const accountId = useContext(AccountId)
  if (accountId === undefined) throw new Error('This page belongs to no account.')
  return accountId
}
