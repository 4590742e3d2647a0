-- Content that only some formats see, `{.content-visible when-format="html"}`, and page breaks.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local target = require 'target'

local names = {
  html = { html = true, ['html:js'] = false },
  pdf = { pdf = true, typst = true },
  docx = { docx = true },
  gfm = { gfm = true, markdown = true },
}
local metadata = {}

local function holds(format)
  local known = names[target.to] or {}
  return known[format] or format == target.to
end

local function is_set(path)
  local found = metadata
  for part in path:gmatch('[^.]+') do
    if type(found) ~= 'table' then return false end
    found = found[part]
  end
  return found ~= nil and found ~= false
end

-- nil: nothing is said about when it is shown.
local function is_shown(element)
  local visible = element.classes:includes('content-visible')
  local hidden = element.classes:includes('content-hidden')
  if not (visible or hidden) then return nil end
  local given, met = element.attributes, true
  if given['when-format'] then met = met and holds(given['when-format']) end
  if given['unless-format'] then met = met and not holds(given['unless-format']) end
  if given['when-meta'] then met = met and is_set(given['when-meta']) end
  if given['unless-meta'] then met = met and not is_set(given['unless-meta']) end
  if visible then return met end
  return not met
end

-- What is shown keeps a bare wrapper, so that the walk goes on into it.
local function choose(element)
  local shown = is_shown(element)
  if shown == nil then return nil end
  if not shown then return {}, false end
  element.attr = pandoc.Attr()
  return element
end

local breaks = {
  html = { 'html', '<div class="page-break"></div>' },
  pdf = { 'typst', '#pagebreak(weak: true)' },
  docx = { 'openxml', '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' },
}

local function page_break(div)
  if not div.classes:includes('rg-pagebreak') then return nil end
  local raw = breaks[target.to]
  return raw and pandoc.RawBlock(raw[1], raw[2]) or {}
end

-- HTML that a cell gave out, in a format that has none of its own.
local function html_output(div)
  if not div.classes:includes('rg-html-output') then return nil end
  if target.is('html') then return div.content end
  local read = pandoc.Blocks {}
  for _, block in ipairs(div.content) do
    if block.t == 'RawBlock' then
      local text = block.text:gsub('<style.-</style>', ''):gsub('<script.-</script>', '')
      read:extend(pandoc.read(text, 'html').blocks)
    end
  end
  return read
end

function Pandoc(doc)
  target.read(doc.meta)
  metadata = doc.meta
  return doc:walk {
    traverse = 'topdown',
    Div = function(div)
      local chosen, deeper = choose(div)
      if chosen ~= nil then return chosen, deeper end
      return page_break(div) or html_output(div)
    end,
    Span = choose,
  }
end
