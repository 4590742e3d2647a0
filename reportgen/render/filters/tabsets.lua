-- Tabs: in HTML a group of radio buttons, which needs no script; elsewhere headings in a row.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local target = require 'target'

local count = 0

-- Split at the headings of the level of the first one.
local function split(blocks)
  local lead, tabs, level = pandoc.Blocks {}, {}, nil
  for _, block in ipairs(blocks) do
    if block.t == 'Header' and (level == nil or block.level <= level) then
      level = level or block.level
      table.insert(tabs, { header = block, content = pandoc.Blocks {} })
    elseif #tabs > 0 then
      tabs[#tabs].content:insert(block)
    else
      lead:insert(block)
    end
  end
  return lead, tabs
end

local function chosen(tabs)
  for number, tab in ipairs(tabs) do
    if tab.header.classes:includes('active') then return number end
  end
  return 1
end

local function html(div, lead, tabs)
  count = count + 1
  local name = 'tabs-' .. count
  local parts = lead:clone()
  local id = div.identifier ~= '' and (' id="' .. target.html_text(div.identifier) .. '"') or ''
  parts:insert(pandoc.RawBlock('html', ('<fieldset class="panel-tabset"%s><legend class="visually-hidden">%s</legend>')
    :format(id, target.html_text(target.word('tabs')))))
  for number, tab in ipairs(tabs) do
    local checked = number == chosen(tabs) and ' checked' or ''
    local label = pandoc.Plain { pandoc.RawInline('html',
      ('<input class="tab-input" type="radio" name="%s" id="%s-%d"%s><label class="tab-label" for="%s-%d">')
        :format(name, name, number, checked, name, number)) }
    label.content:extend(tab.header.content)
    label.content:insert(pandoc.RawInline('html', '</label>'))
    parts:insert(label)
    parts:insert(pandoc.Div(tab.content, pandoc.Attr(tab.header.identifier, { 'tab-panel' })))
  end
  parts:insert(pandoc.RawBlock('html', '</fieldset>'))
  return parts
end

local function headings(lead, tabs)
  local parts = lead:clone()
  for _, tab in ipairs(tabs) do
    local classes = tab.header.classes
    for _, class in ipairs { 'unnumbered', 'unlisted' } do
      if not classes:includes(class) then classes:insert(class) end
    end
    parts:insert(tab.header)
    parts:extend(tab.content)
  end
  return parts
end

-- A block of its own for each output of a cell hides the headings; they count all the same.
local function opened(blocks)
  local flat = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    local is_wrapper = block.t == 'Div' and block.identifier == ''
      and (block.classes:includes('rg-cell') or block.classes:includes('rg-output'))
    local holds_heading = false
    if is_wrapper then
      block:walk { Header = function() holds_heading = true end }
    end
    if holds_heading then flat:extend(opened(block.content)) else flat:insert(block) end
  end
  return flat
end

local function tabset(div)
  if not div.classes:includes('panel-tabset') then return nil end
  local lead, tabs = split(opened(div.content))
  if #tabs == 0 then return lead end
  if target.is('html') then return html(div, lead, tabs) end
  return headings(lead, tabs)
end

function Pandoc(doc)
  target.read(doc.meta)
  return doc:walk { Div = tabset }
end
