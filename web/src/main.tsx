import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Login } from './session/login';
import { hadSession, onEnd, renew } from './session/session';
import './styles.css';

const loadApp = () => import('./app');
const App = lazy(() => loadApp().then(({ App: component }) => ({ default: component })));

/** Loads the app before it is needed. When that fails, the attempt that needs it says why. */
function prefetchApp(): void {
  void loadApp().catch(() => undefined);
}

/** Who had a session waits a moment for the next token; everybody else sees the login at once. */
function Console() {
  const [stage, setStage] = useState<'asking' | 'out' | 'in'>(hadSession() ? 'asking' : 'out');

  useEffect(() => {
    // A server that cannot answer is one that nobody can log in to either: its page says so when they try.
    void renew()
      .catch(() => false)
      .then((hasSession) => {
        // Somebody may have logged in meanwhile.
        setStage((now) => (hasSession ? 'in' : now === 'asking' ? 'out' : now));
      });
    return onEnd(() => setStage('out'));
  }, []);

  if (stage === 'asking') return null;
  if (stage === 'out') return <Login onTyping={prefetchApp} onLogIn={() => setStage('in')} />;
  return (
    <Suspense>
      <App />
    </Suspense>
  );
}

if (hadSession()) prefetchApp();
const element = document.getElementById('root');
if (element) {
  createRoot(element).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
}
