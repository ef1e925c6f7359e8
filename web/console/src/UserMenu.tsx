import { Problem } from "@bros/sdk";
import {
  complain,
  density,
  explain,
  language,
  Menu,
  MenuChoice,
  MenuItem,
  MenuLine,
  MenuNote,
  setDensity,
  setTheme,
  switchLanguage,
  t,
  theme,
} from "@bros/ui";
import { api, useApp } from "./app.ts";
import { forgetKept } from "./intake/kept.ts";
import { go } from "./router.ts";

/** Who is logged in, how this person likes the screens, and the way out. */
export function UserMenu() {
  const app = useApp();
  const logout = async () => {
    try {
      await api.logout();
    } catch (error) {
      // On a shared PC nobody may think that they are out when they are not.
      if (!(error instanceof Problem) || !error.sessionEnded) return complain(explain(error));
    }
    forgetKept();
    go("/login");
  };
  return (
    <Menu
      trigger={
        <>
          <span class="avatar" aria-hidden="true">
            {app.user.name.slice(0, 1)}
          </span>
          <span class="cut top-user">{app.user.name}</span>
        </>
      }
      label={t("app.menu", { name: app.user.name })}
      class="quiet user-menu"
      placement="bottom-end"
      testId="user-menu"
    >
      <MenuNote>
        <span class="strong">{app.user.name}</span> · {t(`role.${app.user.role}`)}
      </MenuNote>
      <MenuLine />
      <MenuChoice
        label={t("app.theme")}
        value={theme()}
        choices={(["system", "light", "dark"] as const).map((value) => ({
          value,
          label: t(`app.theme.${value}`),
        }))}
        onChange={setTheme}
      />
      <MenuChoice
        label={t("app.density")}
        value={density()}
        choices={(["dense", "comfortable"] as const).map((value) => ({
          value,
          label: t(`app.density.${value}`),
        }))}
        onChange={setDensity}
      />
      <MenuLine />
      <MenuItem onSelect={() => switchLanguage()} hint={language() === "ko" ? "EN" : "KO"}>
        {t("app.language")}
      </MenuItem>
      <MenuItem onSelect={logout}>{t("app.logout")}</MenuItem>
    </Menu>
  );
}
