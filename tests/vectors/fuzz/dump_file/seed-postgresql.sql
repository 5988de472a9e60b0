--
-- PostgreSQL database dump
--
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

COPY public.waybill ("姓名", "手機", "地址") FROM stdin;
王芳	14012345678	文一西路969
李,明	14012345679	中山路1\n2
\.

--
-- PostgreSQL database dump complete
--
