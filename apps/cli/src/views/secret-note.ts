/** For stderr, beside an answer with a new secret. */
export const secretNote = 'The secret is shown only this once: keep it now.'
