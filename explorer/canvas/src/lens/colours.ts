// Colours of the lens, light and dark; the same as the style sheet's where both draw the same thing.
import type { Theme } from "../palette.js";

export interface Palette {
  readonly theme: Theme;
  /** Font family of all texts. */
  readonly family: string;
  readonly sheet: string;
  readonly dot: string;
  readonly ink: string;
  readonly quiet: string;
  readonly card: string;
  readonly hair: string;
  readonly chip: string;
  readonly input: string;
  readonly output: string;
  readonly outputEdge: string;
  /** Open groups: inside and border; they are laid over one another. */
  readonly group: string;
  readonly groupEdge: string;
  /** What has no gradient yet. */
  readonly idle: string;
  readonly now: string;
  readonly halo: string;
  readonly focus: string;
  readonly glow: string;
  readonly glowInk: string;
}

const FAMILY = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif';

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    theme: "light",
    family: FAMILY,
    sheet: "#fbfbfd",
    dot: "#e6e8ef",
    ink: "#1c2333",
    quiet: "#59606f",
    card: "#ffffff",
    hair: "#c9ced8",
    chip: "#eef2f8",
    input: "#ffffff",
    output: "#d9f5de",
    outputEdge: "#5fb674",
    group: "rgb(40 60 110 / 4%)",
    groupEdge: "#d3d8e4",
    idle: "#b9c0cc",
    now: "#d9480f",
    halo: "rgb(217 72 15 / 45%)",
    focus: "#1f6feb",
    glow: "#b48600",
    glowInk: "#ffffff",
  },
  dark: {
    theme: "dark",
    family: FAMILY,
    sheet: "#11141b",
    dot: "#1f2430",
    ink: "#eceff5",
    quiet: "#a5aebd",
    card: "#1b202a",
    hair: "#434b5a",
    chip: "#272e3b",
    input: "#1b202a",
    output: "#163822",
    outputEdge: "#4fa568",
    group: "rgb(150 170 230 / 5.5%)",
    groupEdge: "#2f3748",
    idle: "#4d5566",
    now: "#ff9f5a",
    halo: "rgb(255 159 90 / 45%)",
    focus: "#7cb3ff",
    glow: "#ffd75e",
    glowInk: "#11141b",
  },
};
