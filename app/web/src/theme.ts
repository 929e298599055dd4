import type { Preferences } from './api.ts'

const key = 'theme'

/** Shows a theme and remembers it on this device, so that the next visit begins with it. */
export function showTheme(theme: Preferences['theme']): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(key, theme)
  } catch {
    // Storage may be switched off; the theme then comes with the session only.
  }
}

export function showRememberedTheme(): void {
  try {
    const theme = localStorage.getItem(key)
    if (theme === 'light' || theme === 'dark') showTheme(theme)
  } catch {
    // See above.
  }
}
